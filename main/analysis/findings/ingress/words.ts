/** Sentences that the ingress rules share: what left where, and what to do about it. */
import { REPAIRS_BEGIN } from '../../../../shared/finding-words.ts'
import type { Exit, Verdict } from '../../site-exits.ts'
import type { Departed, Departures, Use } from './departures.ts'

export function belongs(verdict: Verdict): string {
  const { owner, prefix } = verdict
  return owner === null || prefix === null ? 'no known exit' : `${owner.name} (${prefix.prefix})`
}

export function howMany(n: number, one: string, many = `${one}s`): string {
  return n === 1 ? `1 ${one}` : `${n} ${many}`
}

export function towards(departures: Departures, departed: Departed): string {
  const texts = departed.destinations.slice(0, 3).map((id) => departures.text(id))
  const more = departed.destinations.length - texts.length
  return more > 0 ? `${texts.join(', ')} and ${more} more` : texts.join(', ')
}

export function leftBy(departures: Departures, use: Use, departed: Departed): string {
  const exit = use.exit as Exit
  return `${howMany(departed.packets, 'packet')} with source ${departures.text(use.source)}, which belongs to ${belongs(use.verdict as Verdict)}, left by ${exit.name} towards ${towards(departures, departed)}`
}

/** RFC 8028, RFC 8043, BCP 84, RFC 8475/8678, RFC 6296. */
export const REPAIRS = `${REPAIRS_BEGIN}let the host choose the next hop by its source prefix (RFC 8028), route by source and destination at the exits (RFC 8043), have the provider accept both prefixes (feasible path, BCP 84), deprecate the prefix at its exit's failure (RFC 8475, RFC 8678), or translate prefixes at the exit (NPTv6, RFC 6296).`
