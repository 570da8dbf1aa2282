/** VXLAN under its assigned port and Linux's older one, VXLAN-GPE under its own. */
import { register } from '../core/dispatch.ts'
import { dissectVxlan, dissectVxlanGpe } from './dissect.ts'
import { GPE_PORT, LINUX_PORT, VXLAN_PORT } from './wire.ts'

export function registerVxlan(): void {
  register('vxlan', 'udp.port', VXLAN_PORT, dissectVxlan)
  register('vxlan', 'udp.port', LINUX_PORT, dissectVxlan)
  register('vxlan-gpe', 'udp.port', GPE_PORT, dissectVxlanGpe)
}
