/** Builds ARP messages for tests: Ethernet and IPv4 addresses. */
import { address } from '../ip/emit.ts'
import { bytes16, emitEthernet, hex, join } from '../link/emit.ts'
import { EtherType } from '../link/ethertypes.ts'

export interface ArpOptions {
  opcode: number
  senderMac: string
  sender: string
  targetMac?: string
  target: string
}

export function emitArp(o: ArpOptions): Uint8Array {
  const targetMac = o.targetMac ?? '00:00:00:00:00:00'
  return join(
    bytes16(1),
    bytes16(EtherType.Ipv4),
    [6, 4],
    bytes16(o.opcode),
    hex(o.senderMac),
    address(o.sender),
    hex(targetMac),
    address(o.target),
  )
}

/** In a padded frame, to everybody unless a target is named. */
export function emitArpFrame(o: ArpOptions): Uint8Array {
  return emitEthernet(emitArp(o), {
    source: o.senderMac,
    destination: o.targetMac ?? 'ff:ff:ff:ff:ff:ff',
    type: EtherType.Arp,
    pad: true,
  })
}
