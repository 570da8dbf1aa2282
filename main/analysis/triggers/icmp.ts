/** ICMP evidence: errors about packets sent on the old path, at most 5 s before the move. Unreachable 80, prohibited 60, too big 40. */
import type { IcmpDetail } from '../../../shared/signal-details.ts'
import { asOf } from '../evidence.ts'
import { type Evidence, SECOND } from '../model.ts'
import { type Move, pathText, type TriggerCandidateRows } from './context.ts'

/** Is it 'port unreachable', which is a host's answer for itself when `address` sent it? */
export function saysPortClosed({ version, type, code, reporter }: IcmpDetail, address: number): boolean {
  return reporter >= 0 && reporter === address && (version === 6 ? type === 1 && code === 4 : type === 3 && code === 3)
}

export function icmpWhat(detail: IcmpDetail): Evidence['what'] | null {
  const { version, type, code } = detail
  if (version === 6) {
    if (type === 1) return code === 1 ? 'icmp-prohibited' : 'icmp-unreachable'
    if (type === 3) return 'icmp-unreachable'
    return type === 2 ? 'icmp-too-big' : null
  }
  if (type === 3) return code === 9 || code === 10 || code === 13 ? 'icmp-prohibited' : code === 4 ? 'icmp-too-big' : 'icmp-unreachable'
  return type === 11 ? 'icmp-unreachable' : null
}

export function icmpCandidates(move: Move): TriggerCandidateRows[] {
  const { session, candidate } = move
  const out: TriggerCandidateRows[] = []
  for (const whole of session.evidence) {
    if (whole.class !== 'icmp' || whole.path !== candidate.from) continue
    const e = asOf(whole, candidate.time)
    if (e === null || e.until < candidate.time - 5 * SECOND) continue
    const score = e.what === 'icmp-unreachable' ? 80 : e.what === 'icmp-prohibited' ? 60 : 40
    out.push({
      class: 'icmp',
      score,
      time: e.time,
      rows: e.rows,
      text: `${e.text} for packets on ${pathText(move, e.path)}`,
      clause: `after ${e.text}`,
    })
  }
  return out
}
