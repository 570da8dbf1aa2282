/**
 * GRE tunnel bonding (RFC 8157): a home gateway joins several tunnels to one aggregation point, all with one key. Control messages stand under
 * a protocol type of their own (0xb7ea; 0x0101 in equipment older than the RFC) and tell which keys are bonds; packets under such a key are
 * the bond's payload, `token` is the key. Plain GRE gives no signal. Bounded: 8,192 keys, the oldest go first.
 */

import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { StateKey } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { upperUnit } from '../ipv6/watch.ts'

const MAX_KEYS = 8_192
const CONTROL = 0xb7ea
const CONTROL_BEFORE = 0x0101
const IPV4 = 0x0800
const IPV6 = 0x86dd

const enum Message {
  SetupRequest = 1,
  SetupAccept = 2,
  SetupDeny = 3,
  Hello = 4,
  TearDown = 5,
  Notify = 6,
}

const NAMES: Readonly<Record<number, string>> = {
  [Message.SetupRequest]: 'GRE Setup Request',
  [Message.SetupAccept]: 'GRE Setup Accept',
  [Message.SetupDeny]: 'GRE Setup Deny',
  [Message.Hello]: 'GRE Hello',
  [Message.TearDown]: 'GRE Tear Down',
  [Message.Notify]: 'GRE Notify',
}

const bonds = new StateKey('gre-bonds', () => new Set<number>())

/** `at` is what the GRE header carries, `key` its key. */
export function emitBonded(walk: Walk, type: number, key: number, at: number): void {
  const known = walk.state.of(bonds)
  if (type === CONTROL || type === CONTROL_BEFORE) {
    const message = walk.u8(at) >> 4
    const name = NAMES[message]
    if (name === undefined || at >= walk.limit) return
    // A key is given with the acceptance; a request has none yet.
    if (key !== 0 && !known.has(key)) {
      walk.state.flows.forgotten.room(known, MAX_KEYS, 'keys of GRE tunnel bonding')
      known.add(key)
    }
    if (key !== 0) control(walk, key, message, name)
  } else if (known.has(key) && (type === IPV4 || type === IPV6)) data(walk, key, type === IPV6, at)
}

function control(walk: Walk, key: number, message: Message, name: string): void {
  walk.toFlow(IpProtocol.Gre, 0, 0)
  const ends = message === Message.TearDown || message === Message.SetupDeny
  const kind = message === Message.TearDown ? SignalKind.Closed : message === Message.SetupDeny ? SignalKind.Refused : SignalKind.Noted
  const s = walk.newSignal(kind, SignalProtocol.GreBonding)
  s.token = key
  s.detail = ends
    ? { message: name, abrupt: true, final: message === Message.TearDown, cause: null, authentication: 'A1' }
    : { message: name }
  walk.emit(s)
}

function data(walk: Walk, key: number, six: boolean, inner: number): void {
  const header = six ? 40 : (walk.u8(inner) & 15) * 4
  const length = six ? 40 + walk.u16(inner + 4) : walk.u16(inner + 2)
  if (inner + header > walk.limit || length < header || inner + length > walk.end) return
  walk.toFlow(IpProtocol.Gre, 0, 0)
  const s = walk.newSignal(SignalKind.Payload, SignalProtocol.GreBonding)
  if (!upperUnit(walk, s, six ? walk.u8(inner + 6) : walk.u8(inner + 9), inner + header, inner + length)) return
  s.token = key
  walk.emit(s)
}
