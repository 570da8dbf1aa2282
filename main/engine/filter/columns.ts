/**
 * What a filter can ask of a packet without dissecting it again, and the logic of answers that may be 'not known from here'.
 * The engine implements `ColumnSource` on its index columns. No call may allocate on the common path.
 */
import type { FlowEnds } from './flow-fields.ts'

/** Answer of a look at the index: no, yes, or only a new dissection can tell. */
export const enum Ternary {
  No = 0,
  Yes = 1,
  Unknown = 2,
}

export interface ColumnSource {
  /** 1-based, as shown */
  frameNumber(row: number): number
  /** bytes on the wire */
  frameLength(row: number): number
  capturedLength(row: number): number
  /** seconds since the capture's first packet */
  timeRelative(row: number): number
  /** seconds since 1970 */
  timeEpoch(row: number): number
  interfaceId(row: number): number
  interfaceName(row: number): string | null
  /** ids of the packet's sessions ('s1'); a shared empty list when there are none. May return the same list again and again */
  sessions(row: number): readonly string[]
  /** ids of rehomings that this packet is evidence of ('r1') */
  rehomings(row: number): readonly string[]
  /** ids and rules of findings that this packet is evidence of */
  findings(row: number): readonly string[]
  /** why its dissection ended early: a `Stop` of the walk */
  stop(row: number): number
  /** what the analysis knows of the packet (`RowFlag`), 0 without one */
  rowFlags(row: number): number
  /** Has the packet a layer of this protocol (an id of the registry), quoted ones included? `Unknown` unless the index is sure. */
  hasProtocol(row: number, protocol: number): Ternary
  /**
   * Addresses and ports of the packet's headers as its flow has them; null unless it surely has one network layer and one transport, whole.
   * To be read at once: the next call may overwrite them.
   */
  flowEnds(row: number): FlowEnds | null
}

export function ternaryNot(a: Ternary): Ternary {
  return a === Ternary.Unknown ? a : a === Ternary.Yes ? Ternary.No : Ternary.Yes
}

export function ternaryAnd(a: Ternary, b: Ternary): Ternary {
  if (a === Ternary.No || b === Ternary.No) return Ternary.No
  return a === Ternary.Yes && b === Ternary.Yes ? Ternary.Yes : Ternary.Unknown
}

export function ternaryOr(a: Ternary, b: Ternary): Ternary {
  if (a === Ternary.Yes || b === Ternary.Yes) return Ternary.Yes
  return a === Ternary.No && b === Ternary.No ? Ternary.No : Ternary.Unknown
}

export function ternaryXor(a: Ternary, b: Ternary): Ternary {
  if (a === Ternary.Unknown || b === Ternary.Unknown) return Ternary.Unknown
  return a === b ? Ternary.No : Ternary.Yes
}
