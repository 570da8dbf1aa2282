/** HSRP version 1 (RFC 2281 section 5): layout and fields. Names are Wireshark's. Version 2 is Cisco's own and not read. */
import { protocol } from '../core/fields.ts'

export const HSRP_PORT = 1985
export const LENGTH = 20

export const enum Code {
  Hello = 0,
  Coup = 1,
  Resign = 2,
  Advertise = 3,
}

export const CODE_NAMES: Readonly<Record<number, string>> = { 0: 'Hello', 1: 'Coup', 2: 'Resign', 3: 'Advertise' }
export const STATE_NAMES: Readonly<Record<number, string>> = {
  0: 'Initial',
  1: 'Learn',
  2: 'Listen',
  4: 'Speak',
  8: 'Standby',
  16: 'Active',
}
export const ACTIVE = 16
export const STANDBY = 8

export const hsrp = protocol('hsrp', 'Cisco Hot Standby Router Protocol', 'HSRP')
export const Field = {
  version: hsrp.uint8('hsrp.version', 'Version'),
  code: hsrp.uint8('hsrp.opcode', 'Code', { values: CODE_NAMES }),
  state: hsrp.uint8('hsrp.state', 'State', { values: STATE_NAMES }),
  hello: hsrp.uint8('hsrp.hellotime', 'Hello time'),
  hold: hsrp.uint8('hsrp.holdtime', 'Hold time'),
  priority: hsrp.uint8('hsrp.priority', 'Priority'),
  group: hsrp.uint8('hsrp.group', 'Group'),
  reserved: hsrp.uint8('hsrp.reserved', 'Reserved'),
  authentication: hsrp.string('hsrp.auth_data', 'Authentication data'),
  address: hsrp.ipv4('hsrp.virt_ip', 'Virtual address'),
  advertiseType: hsrp.uint16('hsrp.adv.tlvtype', 'Advertisement type'),
  advertiseLength: hsrp.uint16('hsrp.adv.tlvlength', 'Advertisement length'),
  advertiseState: hsrp.uint8('hsrp.adv.state', 'Advertised state'),
  advertiseActive: hsrp.uint16('hsrp.adv.activegrp', 'Active groups'),
  advertisePassive: hsrp.uint16('hsrp.adv.passivegrp', 'Passive groups'),
} as const
