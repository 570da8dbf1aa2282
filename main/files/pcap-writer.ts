/**
 * Writes classic pcap (draft-ietf-opsawg-pcap) in little-endian order, with microseconds or nanoseconds. It holds one link type and no names,
 * comments or interfaces: whoever writes one has checked that nothing else is wanted. Times before 1970 and after 2106 do not fit.
 * Cost: one copy of a packet; memory: what was not taken yet.
 */
import { GrowingBytes } from './growing-bytes.ts'

export interface PcapFormat {
  linkType: number
  nanoseconds: boolean
}

/** what tcpdump and Wireshark write where nothing was cut */
const SNAPLEN = 262_144
const LATEST = 0xffff_ffffn

export class PcapEncoder extends GrowingBytes {
  constructor(private readonly format: PcapFormat) {
    super()
    this.length = 24
    const { view } = this
    view.setUint32(0, format.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, true)
    view.setUint16(4, 2, true)
    view.setUint16(6, 4, true)
    view.setUint32(16, SNAPLEN, true)
    view.setUint32(20, format.linkType, true)
  }

  packet(epochNanoseconds: bigint, data: Uint8Array, wireLength: number): void {
    const size = 16 + data.length
    this.reserve(size)
    const { view, length } = this
    const time = epochNanoseconds < 0n ? 0n : epochNanoseconds
    const seconds = time / 1_000_000_000n
    const rest = Number(time % 1_000_000_000n)
    view.setUint32(length, Number(seconds > LATEST ? LATEST : seconds), true)
    view.setUint32(length + 4, this.format.nanoseconds ? rest : Math.trunc(rest / 1000), true)
    view.setUint32(length + 8, data.length, true)
    view.setUint32(length + 12, wireLength, true)
    this.bytes.set(data, length + 16)
    this.length = length + size
  }
}
