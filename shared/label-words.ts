/** Labels of sessions and of moves in two or three words, the same on every screen, page and export. */
import type { RehomingReport, SessionLabel } from './report.ts'

/** a move as a verb */
export const MOVE_WORDS: Record<RehomingReport['label'], string> = { REHOMED: 'rehomed', 'FAIL-BACK': 'failed back', FLAP: 'flapped' }

/** labels that the state and the moves say already have none */
export const LABEL_WORDS: Partial<Record<SessionLabel, string>> = {
  'LOAD-SHARED': 'load-shared',
  BICAST: 'sent twice',
  'BACKUP-READY': 'standby ready',
  'FAIL-BACK': 'failed back',
  FLAP: 'flapping',
  'NAT-REBIND': 'NAT rebound',
  PROBING: 'unproven path',
  'HANDOVER-SIGNALLED': 'handover signalled',
  'RETRANSMIT-ON-ALTERNATE': 're-sent elsewhere',
  'PATH-OPTIMISED': 'path optimised',
}

/** the kind of an entry of the timeline; what fits none is a note, as the picture calls it */
export function kindWords(kind: string): string {
  return kind === 'other' ? 'note' : kind.replaceAll('-', ' ')
}
