/** ARP and RARP under their ethertypes. */
import { register } from '../core/dispatch.ts'
import { EtherType } from '../link/ethertypes.ts'
import { dissectArp } from './dissect.ts'

export function registerArp(): void {
  register('arp', 'ethertype', EtherType.Arp, dissectArp)
  register('arp', 'ethertype', EtherType.Rarp, dissectArp)
}
