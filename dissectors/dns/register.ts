/** DNS over UDP and TCP, multicast DNS and LLMNR, by their ports. */
import { register, registerName } from '../core/dispatch.ts'
import { overStream } from '../tcp/reassembly.ts'
import { dissectDns, dissectDnsOverTcp } from './dissect.ts'
import { dnsLength } from './stream.ts'
import { DNS_PORT, LLMNR_PORT, MDNS_PORT } from './wire.ts'

export function registerDns(): void {
  for (const port of [DNS_PORT, MDNS_PORT, LLMNR_PORT]) register('dns', 'udp.port', port, dissectDns)
  register('dns-tcp', 'tcp.port', DNS_PORT, overStream({ headerLength: 2 + 12, length: dnsLength, dissect: dissectDnsOverTcp }))
  registerName('dns', dissectDns)
}
