/** Builds GTP-U T-PDUs for tests. */
import { bytes16, bytes32, join } from '../link/emit.ts'
import { Message } from './wire.ts'

/** `qosFlow`: with a PDU session container, uplink. */
export function emitGtp(packet: Uint8Array, teid: number, qosFlow: number | null = null): Uint8Array {
  const extension = qosFlow === null ? [] : [0, 0, 0, 0x85, 1, 0x10, qosFlow, 0]
  return join([qosFlow === null ? 0x30 : 0x34, Message.Gpdu], bytes16(extension.length + packet.length), bytes32(teid), extension, packet)
}
