/**
 * The authentication header (RFC 4302 section 2), for both IP versions: shown, signalled and passed over to what it protects. Its ICV is
 * not checked: keys are never in the capture. Refuses a length below the fixed part. Cost without a recorder: four reads, a map look-up.
 */
import { SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { emitIpsecPayload } from '../esp/signals.ts'
import { IP_PROTOCOL_NAMES, IpProtocol } from '../ip/protocols.ts'
import { dissectUpper } from '../ip/upper.ts'
import { AH_FIXED, At, ah, ahIcv, ahLength, ahNext, ahReserved, ahSequence, ahSpi } from './wire.ts'

export function dissectAh(walk: Walk, offset: number): void {
  if (!walk.need(offset, AH_FIXED)) return
  const next = walk.u8(offset + At.Next)
  const size = (walk.u8(offset + At.Length) + 2) * 4
  if (size < AH_FIXED) {
    walk.malformed(offset + At.Length, `length ${size} is below the fixed part's ${AH_FIXED}`)
    return
  }
  if (!walk.need(offset, size)) return
  const spi = walk.u32(offset + At.Spi)
  const sequence = walk.u32(offset + At.Sequence)
  if (!walk.quoted) walk.toFlow(IpProtocol.Ah, 0, 0)
  walk.layer(ah.protocol, ah.root, offset, size)
  if (walk.recorder !== null) {
    walk.uint(ahNext, offset + At.Next, 1, next)
    walk.uint(ahLength, offset + At.Length, 1, walk.u8(offset + At.Length))
    walk.range(ahReserved, offset + At.Reserved, 2)
    walk.uint(ahSpi, offset + At.Spi, 4, spi)
    walk.uint(ahSequence, offset + At.Sequence, 4, sequence)
    if (size > AH_FIXED) walk.range(ahIcv, offset + At.Icv, size - AH_FIXED)
    if (walk.describing && !walk.quoted)
      walk.info = `AH (SPI=0x${spi.toString(16).padStart(8, '0')}) ${IP_PROTOCOL_NAMES[next] ?? `protocol ${next}`}`
  }
  walk.endLayer()
  if (walk.signalling) emitIpsecPayload(walk, SignalProtocol.Ah, spi, sequence, walk.end - offset)
  dissectUpper(walk, next, offset + size)
}
