import { register } from '../core/dispatch.ts'
import { dissectSctp, dissectSctpOverUdp } from './dissect.ts'
import { SCTP_PROTOCOL_NUMBER, SCTP_UDP_PORT } from './wire.ts'

/** SCTP over IP, and over UDP on its port. The name 'sctp' (for 'decode as') stands for the packet itself, whatever carries it. */
export function registerSctp(): void {
  register('sctp-udp', 'udp.port', SCTP_UDP_PORT, dissectSctpOverUdp)
  register('sctp', 'ip.proto', SCTP_PROTOCOL_NUMBER, dissectSctp)
}
