/** Which interfaces of a capture are told one by one, the same on every page: a file may describe tens of thousands of them. */
import { count, plural } from './numbers.ts'

/**
 * At most `most` of them: as the file has them when that is all, else those that lost packets and then the busiest; `rest` stands for the others,
 * '' when there are none.
 */
export function interfacesTold<One extends { packets: number; dropped?: number | null }>(
  all: readonly One[],
  most: number,
): { told: readonly One[]; rest: string } {
  if (all.length <= most) return { told: all, rest: '' }
  const order = [...all].sort((a, b) => (b.dropped ?? 0) - (a.dropped ?? 0) || b.packets - a.packets)
  const others = order.slice(most)
  const packets = others.reduce((sum, one) => sum + one.packets, 0)
  const dropped = others.reduce((sum, one) => sum + (one.dropped ?? 0), 0)
  const lost = dropped > 0 ? `, ${count(dropped)} dropped` : ''
  return { told: order.slice(0, most), rest: `${plural(others.length, 'further interface')} (${plural(packets, 'packet')}${lost})` }
}
