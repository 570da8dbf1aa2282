/** What each class of trigger means, in a few words: for those who read its name for the first time, and where nothing more is known. */
import type { TriggerClass } from './report.ts'

export const TRIGGER_WORDS: Record<TriggerClass, string> = {
  link: 'the interface lost its carrier or its address',
  icmp: 'an ICMP error said that the path leads nowhere',
  transport: 'data went unacknowledged: time-outs, resent data or silence',
  heartbeat: 'probes of the path went unanswered',
  routing: 'a route or a mapping changed',
  peer: 'an end asked for it by a signal',
  policy: 'nothing failed and nobody asked: the sender chose so',
  unknown: 'nothing in the capture explains it',
}
