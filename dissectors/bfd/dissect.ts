/**
 * BFD control packets (RFC 5880). Chosen by port: what section 6.8.6 would discard (version, length, multiplier, own discriminator 0) is declined.
 * Packets come many times a second: a signal is made only when a side's state differs from its last one; 16,384 sides are remembered.
 */
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { StateKey } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'
import { bfd, DIAGNOSTICS, Field, LENGTH, STATE_NAMES } from './wire.ts'

const MAX_SIDES = 16_384

const lastStates = new StateKey<Map<number, number>>('bfd', () => new Map())

export function dissectBfd(walk: Walk, offset: number): void {
  if (!looksLikeBfd(walk, offset)) {
    walk.decline()
    return
  }
  const first = walk.u8(offset)
  const flags = walk.u8(offset + 1)
  walk.layer(bfd.protocol, bfd.root, offset, walk.u8(offset + 3))
  if (walk.need(offset, LENGTH)) {
    if (walk.recorder !== null) record(walk, offset, first, flags)
    if (walk.signalling && !walk.state.frozen) report(walk, offset, first & 31, flags >> 6)
  }
  walk.endLayer()
}

function looksLikeBfd(walk: Walk, offset: number): boolean {
  if (offset + 8 > walk.limit || walk.u8(offset) >> 5 !== 1) return false
  const length = walk.u8(offset + 3)
  return length >= LENGTH && offset + length <= walk.end && walk.u8(offset + 2) !== 0 && walk.u32(offset + 4) !== 0
}

function record(walk: Walk, offset: number, first: number, flags: number): void {
  const bit = (field: number, mask: number): void => walk.uint(field, offset + 1, 1, flags & mask ? 1 : 0)
  walk.uint(Field.version, offset, 1, first >> 5)
  walk.uint(Field.diagnostic, offset, 1, first & 31)
  walk.uint(Field.state, offset + 1, 1, flags >> 6)
  walk.uint(Field.flags, offset + 1, 1, flags)
  bit(Field.poll, 0x20)
  bit(Field.final, 0x10)
  bit(Field.independent, 0x08)
  bit(Field.authenticated, 0x04)
  bit(Field.demand, 0x02)
  bit(Field.multipoint, 0x01)
  walk.uint(Field.multiplier, offset + 2, 1, walk.u8(offset + 2))
  walk.uint(Field.length, offset + 3, 1, walk.u8(offset + 3))
  walk.uint(Field.mine, offset + 4, 4, walk.u32(offset + 4))
  walk.uint(Field.yours, offset + 8, 4, walk.u32(offset + 8))
  walk.uint(Field.transmit, offset + 12, 4, walk.u32(offset + 12))
  walk.uint(Field.receive, offset + 16, 4, walk.u32(offset + 16))
  walk.uint(Field.echo, offset + 20, 4, walk.u32(offset + 20))
  if (walk.describing) walk.info = `State: ${STATE_NAMES[flags >> 6]}, diagnostic: ${DIAGNOSTICS[first & 31] ?? first & 31}`
}

function report(walk: Walk, offset: number, diagnostic: number, state: number): void {
  if (walk.flow < 0) return
  const states = walk.state.of(lastStates)
  // Each side sends from a port of its own (RFC 5881 section 4): the flow names the side.
  const side = walk.flow * 2 + walk.direction
  if (states.get(side) === state) return
  if (!states.has(side)) walk.state.flows.forgotten.room(states, MAX_SIDES, 'states of BFD neighbours')
  states.set(side, state)
  const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`
  const yours = walk.u32(offset + 8)
  const s = walk.newSignal(SignalKind.Liveness, SignalProtocol.Bfd)
  s.detail = {
    message: 'BFD control',
    state: STATE_NAMES[state & 3] as (typeof STATE_NAMES)[number],
    cause: diagnostic === 0 ? null : (DIAGNOSTICS[diagnostic] ?? `diagnostic ${diagnostic}`),
    sender: [{ kind: 'bfd-discriminator', value: hex(walk.u32(offset + 4)) }],
    receiver: yours === 0 ? [] : [{ kind: 'bfd-discriminator', value: hex(yours) }],
  }
  walk.emit(s)
}
