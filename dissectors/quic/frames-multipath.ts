/**
 * Frames of the multipath extension (draft-ietf-quic-multipath-21 section 4, and its earlier numbers): each begins with a path id and goes
 * on as the frame of version 1 that it stands for.
 */
import type { Walk } from '../core/walk.ts'
import type { Connection } from './connection.ts'
import { ack } from './frames-ack.ts'
import { newConnectionId } from './frames-ids.ts'
import { pathAbandoned, pathStatus, retireCid } from './signals.ts'
import type { QuicState } from './state.ts'
import { readVarint, takeVarint } from './varint.ts'
import { Field, MultipathFrame } from './wire.ts'

export function multipath(walk: Walk, state: QuicState, connection: Connection, kind: MultipathFrame, body: number): number {
  const path = readVarint(walk, body)
  const at = takeVarint(walk, Field.pathId, body)
  if (at < 0) return -1
  switch (kind) {
    case MultipathFrame.Ack:
    case MultipathFrame.AckEcn:
      return ack(walk, state, kind === MultipathFrame.AckEcn, at, path)
    case MultipathFrame.Abandon:
      if (walk.signalling) pathAbandoned(walk, state, path)
      return takeVarint(walk, Field.pathError, at)
    case MultipathFrame.StatusBackup:
    case MultipathFrame.StatusAvailable:
      if (walk.signalling) pathStatus(walk, state, path, kind === MultipathFrame.StatusBackup, readVarint(walk, at))
      return takeVarint(walk, Field.pathStatusSequence, at)
    case MultipathFrame.NewConnectionId:
      return newConnectionId(walk, state, connection, at, path)
    case MultipathFrame.RetireConnectionId:
      if (walk.signalling) retireCid(walk, state, readVarint(walk, at), path)
      return takeVarint(walk, Field.retireSequence, at)
    case MultipathFrame.CidsBlocked:
      return takeVarint(walk, Field.pathNextSequence, at)
    default:
      return at
  }
}
