/** Labels of sessions in two or three words, the same on every screen, page and export. Labels that the state and the moves say already have none. */
import type { SessionLabel } from './report.ts'

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
