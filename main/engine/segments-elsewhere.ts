/**
 * TCP data in two places on its way when a network card cut it up or put it together in between (segmentation offload): no packet there has the
 * bytes of one here, but what is further on has nothing that was not seen before. Asked only of hosts whose packets are known to be captured in
 * two places. The place that is ahead in its sequence numbers is the first; what it repeats was sent again.
 * Bounded: FLOWS directions, of more some have theirs together, and are then heard. Cost: the headers, and one line of a table.
 */

import { mixed, wordAt } from './frame-bytes.ts'

/** a power of two */
const FLOWS = 1 << 12
/** four-byte words a direction: key, place, highest number seen there; time (two) */
const WORDS = 6
const KEY = 0
const PLACE = 1
const HIGHEST = 2
const TCP = 6
const SYN = 2
const LARGE = 1000

export class SegmentsElsewhere {
  private readonly table = new Int32Array(FLOWS * WORDS)
  private readonly times = new Float64Array(this.table.buffer)

  /**
   * Was all of the segment's data seen in another place, where packets came no longer than `within` ns ago? `network` is where IP begins, `place`
   * what tells the two places apart.
   */
  again(memory: Uint8Array, network: number, end: number, place: number, time: number, within: number): boolean {
    const four = (memory[network] as number) >>> 4 === 4
    const tcp = network + (four ? ((memory[network] as number) & 15) * 4 : 40)
    if (end - tcp < 20 || !isTcp(memory, network)) return false
    const flags = memory[tcp + 13] as number
    const said = ((memory[four ? network + 2 : network + 4] as number) << 8) | (memory[four ? network + 3 : network + 5] as number)
    // Offload leaves the length out when it is too much for its field.
    const packet = said === 0 ? end - network : four ? said : said + 40
    const payload = network + packet - tcp - ((memory[tcp + 12] as number) >>> 4) * 4
    const begins = (flags & SYN) !== 0
    if (payload <= 0 && !begins) return false
    const key = keyOf(memory, four ? network + 12 : network + 8, four ? 8 : 32, tcp)
    const slot = key & (FLOWS - 1)
    const at = slot * WORDS
    const { table, times } = this
    const beyond = (wordAt(memory, tcp + 4) + payload) | 0
    const known = table[at + KEY] === key && !begins && time - (times[slot * (WORDS / 2) + 2] as number) <= within
    const ahead = known ? (beyond - (table[at + HIGHEST] as number)) | 0 : 1
    if (known && ahead <= 0 && table[at + PLACE] !== place) return true
    table[at + KEY] = key
    if (ahead > 0) {
      table[at + PLACE] = place
      table[at + HIGHEST] = beyond
    }
    times[slot * (WORDS / 2) + 2] = time
    return false
  }
}

/** Is it TCP whose size an offload may change? Packets this large say nothing about how many places there are. */
export function isLargeSegment(memory: Uint8Array, network: number, end: number): boolean {
  return end - network >= LARGE && isTcp(memory, network)
}

function isTcp(memory: Uint8Array, network: number): boolean {
  return memory[(memory[network] as number) >>> 4 === 4 ? network + 9 : network + 6] === TCP
}

/** Of one direction: addresses, then ports. */
function keyOf(memory: Uint8Array, addresses: number, length: number, tcp: number): number {
  let hash = 0
  for (let at = addresses; at < addresses + length; at += 4) hash = mixed(hash, wordAt(memory, at))
  return mixed(hash, wordAt(memory, tcp))
}
