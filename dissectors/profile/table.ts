/**
 * The profiles in force, by where they hang. Kept with the stream's state: two captures may be open with different profiles. Empty unless the
 * user gave some; asking an empty table costs one comparison.
 */
import { type Profile, profileHalves, profileNumber } from '../../shared/profile.ts'
import { StateKey, type StreamState } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'
import { dissectProfiles } from './dissect.ts'

/** `StreamState.watched` bit: plain IPv6 packets are looked at for identifiers in their addresses or flow labels */
export const WATCHED = 1 << 8

export interface AddressRule {
  profile: Profile
  /** low 64 bits of an address: mask and value, in two halves; null: the flow label is the identifier */
  iid: { mask: [number, number]; value: [number, number] } | null
  labelMask: number
}

export class ProfileTable {
  readonly tcpOptions = new Map<number, Profile[]>()
  readonly icmpv6Types = new Map<number, Profile[]>()
  readonly destinationOptions = new Map<number, Profile[]>()
  readonly addressRules: AddressRule[] = []
  empty = true
}

export const PROFILES = new StateKey<ProfileTable>('profiles', () => new ProfileTable())

/** Puts the enabled profiles in force. */
export function applyProfiles(state: StreamState, profiles: readonly Profile[]): void {
  const table = state.of(PROFILES)
  const byKey = new Map<string, Profile[]>()
  for (const profile of profiles) {
    if (!profile.enabled) continue
    table.empty = false
    const { bind } = profile
    if (bind.tcpOption !== undefined) add(table.tcpOptions, bind.tcpOption, profile)
    else if (bind.icmpv6Type !== undefined) add(table.icmpv6Types, bind.icmpv6Type, profile)
    else if (bind.destOption !== undefined) add(table.destinationOptions, bind.destOption, profile)
    else if (bind.ipProto !== undefined) addTo(byKey, `ip.proto ${bind.ipProto}`, profile)
    else if (bind.udpPort !== undefined) addTo(byKey, `udp.port ${bind.udpPort}`, profile)
    else {
      const iid = bind.iidMask === undefined ? null : { mask: profileHalves(bind.iidMask), value: profileHalves(bind.iidValue ?? 0) }
      table.addressRules.push({ profile, iid, labelMask: profileNumber(bind.flowLabelMask ?? 0) & 0xfffff })
      state.watched |= WATCHED
    }
  }
  for (const [key, list] of byKey) {
    const [name, number] = key.split(' ') as ['ip.proto' | 'udp.port', string]
    state.decodeAs.use(name, Number(number), (walk: Walk, offset: number) => dissectProfiles(walk, offset, walk.end, list))
  }
}

function add(table: Map<number, Profile[]>, key: number, profile: Profile): void {
  const list = table.get(key)
  if (list === undefined) table.set(key, [profile])
  else list.push(profile)
}

function addTo(table: Map<string, Profile[]>, key: string, profile: Profile): void {
  const list = table.get(key)
  if (list === undefined) table.set(key, [profile])
  else list.push(profile)
}
