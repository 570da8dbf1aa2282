/**
 * Messages of decode-as profiles: the first profile whose guards hold takes the bytes; none is a guess that declines. What follows the fields of a
 * message without an effect is its payload. Only for captures with profiles.
 */
import type { Profile } from '../../shared/profile.ts'
import { profileNumber } from '../../shared/profile.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { seekAnchors } from '../recognise/hash-chain.ts'
import { readMessage } from './read.ts'
import { emitMessage } from './signals.ts'
import { Field, profileProtocol } from './wire.ts'

/** For bindings that own the rest of the packet (IP protocol, UDP port). */
export function dissectProfiles(walk: Walk, offset: number, end: number, profiles: readonly Profile[]): void {
  const profile = fitting(walk, offset, end, profiles)
  if (profile === undefined) {
    walk.decline()
    if (profiles[0]?.bind.ipProto !== undefined) leftover(walk, offset)
    return
  }
  const after = message(walk, profile, offset, end, true)
  if (after < walk.end && !walk.stop) leftover(walk, after)
}

/** For bindings inside a header (TCP option, destination option, ICMPv6 body): does not name the packet. */
export function dissectProfilePart(walk: Walk, offset: number, end: number, profiles: readonly Profile[] | undefined): boolean {
  const profile = profiles === undefined ? undefined : fitting(walk, offset, end, profiles)
  if (profile === undefined) return false
  message(walk, profile, offset, end, false)
  return true
}

function fitting(walk: Walk, offset: number, end: number, profiles: readonly Profile[]): Profile | undefined {
  return profiles.find((profile) =>
    profile.guard.every(({ offset: at, mask, value, bytes }) => {
      const from = offset + at
      if (from + bytes > Math.min(end, walk.limit)) return false
      let number = 0
      for (let i = 0; i < bytes; i++) number = number * 256 + walk.u8(from + i)
      const wanted = profileNumber(mask)
      return (number & wanted) >>> 0 === (profileNumber(value) & wanted) >>> 0
    }),
  )
}

function message(walk: Walk, profile: Profile, offset: number, end: number, owns: boolean): number {
  if (owns) walk.layer(profileProtocol.protocol, profileProtocol.root, offset, end - offset)
  else {
    walk.present(profileProtocol.protocol)
    walk.group(profileProtocol.root, offset, end - offset, walk.recorder === null ? null : `Profile ${profile.title}`)
  }
  walk.words(Field.id, offset, 0, profile.id)
  const read = readMessage(walk, profile, offset, end)
  const kind = read.type === null ? undefined : profile.msgTypes[String(read.type)]
  const name = kind?.name ?? (read.type === null ? 'data' : `type ${read.type}`)
  if (walk.recorder !== null) {
    if (read.type !== null) walk.uint(Field.type, offset, 0, read.type >>> 0)
    walk.words(Field.message, offset, 0, name)
    if (owns && walk.describing) walk.info = `${profile.title}: ${name}`
  }
  if (walk.signalling && !walk.state.frozen) {
    emitMessage(walk, profile, read, name, kind?.effect, end, owns)
    seekAnchors(walk, read.anchors, profile.id)
  }
  if (!read.whole && owns) walk.short(read.end, 1)
  if (owns) walk.endLayer(read.end - offset)
  else walk.endGroup()
  return read.end
}
