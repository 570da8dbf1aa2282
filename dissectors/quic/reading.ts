/** What long and short packets share once it is known whose they are: whether they are opened, who was heard, the frames inside. */
import type { Walk } from '../core/walk.ts'
import { CLIENT, type Connection, type Side } from './connection.ts'
import { frames } from './frames.ts'
import type { Opened } from './open.ts'
import { isFrozen, type QuicState } from './state.ts'
import { Field, PacketType } from './wire.ts'

const FIELDS: readonly number[] = Object.values(Field)

export function isGoogle(version: number): boolean {
  return version >>> 4 === 0x5130353 || version >>> 4 === 0x5430353
}

/**
 * Passes that record nothing of QUIC decrypt only what keys may tie to a connection: without any, an Initial says nothing that signals need,
 * and opening it costs more than all else of the packet.
 */
export function unread(walk: Walk): boolean {
  return (walk.quoted || walk.state.keys.version === 0) && !walk.describing && !walk.wantsAny(FIELDS)
}

export function heard(walk: Walk, connection: Connection, side: Side): void {
  if (isFrozen(walk)) return
  connection.lastTime = walk.time
  if (side === CLIENT) connection.clientHops = walk.hopLimit
}

export function readFrames(walk: Walk, state: QuicState, opened: Opened): void {
  state.packetNumber = opened.packetNumber
  state.path = opened.path
  state.dataBytes = 0
  const { level, side, connection } = state
  // Google's own versions number frames otherwise.
  if (connection === null || opened.plain === null || isGoogle(connection.version)) return
  if (level === PacketType.Initial && isFrozen(walk) && connection.initialRows[side][0] === walk.row) connection.restartReplay(side)
  walk.inside('Decrypted QUIC packet', opened.plain, frames)
  state.level = level
  state.side = side
  state.connection = connection
}
