/** LLDP under its ethertype. */
import { register } from '../core/dispatch.ts'
import { dissectLldp } from './dissect.ts'
import { LLDP_ETHERTYPE } from './wire.ts'

export function registerLldp(): void {
  register('lldp', 'ethertype', LLDP_ETHERTYPE, dissectLldp)
}
