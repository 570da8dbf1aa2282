/** BGP over TCP, by its port. */
import { register } from '../core/dispatch.ts'
import { overStream } from '../tcp/reassembly.ts'
import { dissectBgp } from './dissect.ts'
import { bgpLength, findMessage } from './stream.ts'
import { BGP_PORT, HEADER } from './wire.ts'

export function registerBgp(): void {
  register('bgp', 'tcp.port', BGP_PORT, overStream({ headerLength: HEADER, length: bgpLength, find: findMessage, dissect: dissectBgp }))
}
