/**
 * Words for what a session went through: the state on its line, chips, names of paths. One place, so that list and page agree.
 * Pure; reads labels and counts, never guesses beyond them.
 */
import type { SessionSummary } from '../../shared/contract.ts'
import { LABEL_WORDS, MOVE_WORDS } from '../../shared/label-words.ts'
import type { SessionLabel } from '../../shared/report.ts'
import { SEVERITY_SIGNS } from '../../shared/severity.ts'
import { milliseconds, plural } from './format.ts'

export interface Chip {
  text: string
  tone: 'ok' | 'bad' | 'warn' | 'plain'
  /** a sign that doubles the colour; one that every font has */
  sign: string
}

type Known = Pick<
  SessionSummary,
  | 'protocol'
  | 'audience'
  | 'state'
  | 'labels'
  | 'rehomings'
  | 'worstOutage'
  | 'replaces'
  | 'replacedBy'
  | 'replacement'
  | 'pairs'
  | 'parent'
  | 'carries'
  | 'findings'
> &
  Partial<Pick<SessionSummary, 'strip' | 'exits'>>

/** a move's label as a verb */
export function moveWords(label: string): string {
  return (MOVE_WORDS as Readonly<Record<string, string>>)[label] ?? label.toLowerCase()
}

/** how it looks; its words are those of every page */
const LOOKS: Partial<Record<SessionLabel, Omit<Chip, 'text'>>> = {
  'FAIL-BACK': { tone: 'plain', sign: '←' },
  FLAP: { tone: 'bad', sign: '↔' },
  'LOAD-SHARED': { tone: 'plain', sign: '=' },
  BICAST: { tone: 'plain', sign: '=' },
  'NAT-REBIND': { tone: 'plain', sign: '~' },
  'BACKUP-READY': { tone: 'ok', sign: '✓' },
  PROBING: { tone: 'plain', sign: '?' },
  'HANDOVER-SIGNALLED': { tone: 'plain', sign: '○' },
  'RETRANSMIT-ON-ALTERNATE': { tone: 'warn', sign: '!' },
  'PATH-OPTIMISED': { tone: 'plain', sign: '→' },
}

/** it had data to lose; labels tell of a session whose strip is not known */
function carried(session: Known): boolean {
  if (session.strip !== undefined && session.replacedBy === null) return session.strip.length > 0
  return session.replacedBy !== null || session.rehomings > 0 || session.labels.length > 0
}

/** datagrams to which nothing came back: UDP has no handshake that could say more */
function isUnanswered(session: Known): boolean {
  return session.replacedBy === null && session.protocol === 'udp' && (session.state === 'opening' || session.state === 'failed')
}

export function isBroken(session: Known): boolean {
  return session.replacedBy !== null || (session.state === 'failed' && session.protocol !== 'udp')
}

/** something happened to it that a person would want told: it moved, broke, used several paths or exits, or was judged */
export function hasStory(session: Known): boolean {
  return (
    session.rehomings > 0 ||
    session.worstOutage !== null ||
    isBroken(session) ||
    session.exits !== undefined ||
    session.labels.some((label) => label in LABEL_WORDS) ||
    session.findings != null
  )
}

/** trouble or a move, as opposed to what is merely worth telling: a changed exit, a second path, a standby that was never needed */
export function faredBadly(session: Known): boolean {
  return session.rehomings > 0 || session.worstOutage !== null || isBroken(session) || session.findings != null
}

const MULTIHOMED = /mptcp|sctp|quic|hip|shim6|mip|mobike|ike|ilnp|lisp/i

export function chipsOf(session: Known): Chip[] {
  const chips: Chip[] = []
  if (session.findings) chips.push(findingChip(session.findings))
  if (session.replacedBy !== null) chips.push({ text: replacedWords(session), tone: 'bad', sign: '×' })
  else if (session.rehomings > 0 && !isBroken(session)) chips.push({ text: 'survived', tone: 'ok', sign: '✓' })
  if (session.parent != null) chips.push({ text: `inside ${session.parent}`, tone: 'plain', sign: '↳' })
  if (session.carries) chips.push({ text: 'carrier', tone: 'plain', sign: '⊃' })
  if (session.replaces !== null) chips.push({ text: `in place of ${session.replaces}`, tone: 'plain', sign: '→' })
  const single = session.parent == null && session.pairs <= 1 && !session.labels.includes('BACKUP-READY')
  if (single && (isBroken(session) || MULTIHOMED.test(session.protocol))) chips.push({ text: 'no standby path', tone: 'warn', sign: '!' })
  const { exits } = session
  if (exits !== undefined)
    chips.push({ text: exits.length > 3 ? `${exits.length - 1} exit changes` : `exit ${exits.join(' → ')}`, tone: 'plain', sign: '→' })
  for (const label of session.labels) {
    const text = LABEL_WORDS[label as SessionLabel]
    const looks = LOOKS[label as SessionLabel]
    if (text !== undefined && looks !== undefined) chips.push({ text, ...looks })
  }
  return chips
}

/** '▲ 2 findings, high' */
function findingChip({ count, worst }: NonNullable<Known['findings']>): Chip {
  const tone = worst === 'critical' || worst === 'high' ? 'bad' : worst === 'medium' ? 'warn' : 'plain'
  return { text: `${plural(count, 'finding')}, ${count > 1 ? 'at worst ' : ''}${worst}`, tone, sign: SEVERITY_SIGNS[worst] }
}

/** 're-established as s2 after 2.3 s on upB' */
function replacedWords({ replacedBy, replacement }: Known): string {
  const gap = replacement?.gap == null ? '' : ` after ${milliseconds(replacement.gap)}`
  return `re-established as ${replacedBy}${gap}${replacement == null ? '' : ` on ${replacement.on}`}`
}

export function standing(session: Known): { text: string; tone: Chip['tone'] | 'accent' } {
  // many are told, nobody in particular is asked
  if (session.audience !== undefined && session.replacedBy === null) return { text: session.audience, tone: 'plain' }
  if (isUnanswered(session)) return { text: 'not answered', tone: 'plain' }
  // without data nothing broke: the handshake had no answer yet, or one that did not complete it; its headline tells
  if (session.state === 'opening' && session.replacedBy === null) return { text: 'not up', tone: 'plain' }
  if (isBroken(session)) return { text: carried(session) ? 'broken' : 'never came up', tone: 'bad' }
  if (session.rehomings > 0) return { text: plural(session.rehomings, 'rehoming'), tone: 'accent' }
  // it stayed where it was, and was without delivery all the same
  if (session.worstOutage !== null) return { text: 'interrupted', tone: 'warn' }
  return { text: session.state, tone: 'plain' }
}
