/**
 * Fields that a packet shares with its flow: the addresses of its network layer and the ports of its transport. Where the index is sure
 * that a packet has one of each, comparisons with them need no dissection, which is what people filter by most.
 * Cost: some look-ups in columns a packet; nothing allocated.
 */
import { type FieldDeclaration, protocolNamed } from '../../../dissectors/core/fields.ts'
import { Ternary } from './columns.ts'
import type { FilterContext, Register } from './operands.ts'

export interface FlowField {
  /** the layer that declares the field */
  readonly layer: number
  /** IP protocol whose flows have it; 0: every flow */
  readonly transport: number
  /** a port (0), or an address of this many bytes */
  readonly size: 0 | 4 | 16
  readonly end: 'sender' | 'receiver'
}

/** What the index says of one flow and direction, for packets of which it is sure. */
export interface FlowEnds {
  /** IP protocol number */
  transport: number
  /** bytes of the addresses: 4 or 16 */
  size: number
  /** memory of the addresses, 16 bytes for each, the sender's first */
  readonly addresses: Uint8Array
  senderPort: number
  receiverPort: number
}

const ENDS: Readonly<Record<string, readonly [transport: number, size: 0 | 4 | 16, end: FlowField['end']]>> = {
  'ip.src': [0, 4, 'sender'],
  'ip.dst': [0, 4, 'receiver'],
  'ipv6.src': [0, 16, 'sender'],
  'ipv6.dst': [0, 16, 'receiver'],
  'tcp.srcport': [6, 0, 'sender'],
  'tcp.dstport': [6, 0, 'receiver'],
  'udp.srcport': [17, 0, 'sender'],
  'udp.dstport': [17, 0, 'receiver'],
  'sctp.srcport': [132, 0, 'sender'],
  'sctp.dstport': [132, 0, 'receiver'],
}

/** Where flows have these fields (all of one protocol); null when one of them is no fact of a flow. */
export function flowFields(fields: readonly FieldDeclaration[]): readonly FlowField[] | null {
  const found: FlowField[] = []
  for (const field of fields) {
    const ends = ENDS[field.name]
    const layer = protocolNamed(field.protocol)
    if (ends === undefined || layer < 0 || (found[0] ?? { layer }).layer !== layer) return null
    found.push({ layer, transport: ends[0], size: ends[1], end: ends[2] })
  }
  return found.length === 0 ? null : found
}

/** As a test over all occurrences in the dissected packet; `Unknown` where the packet may have others than its flow. */
export function lookAtFlow(context: FilterContext, fields: readonly FlowField[], all: boolean, one: (value: Register) => boolean): Ternary {
  const { columns, row, left } = context
  const first = fields[0] as FlowField
  const layer = columns.hasProtocol(row, first.layer)
  if (layer !== Ternary.Yes) return layer
  const ends = columns.flowEnds(row)
  if (ends === null || (first.transport !== 0 ? first.transport !== ends.transport : first.size !== ends.size)) return Ternary.Unknown
  for (const { size, end } of fields) {
    if (size === 0) left.setInteger(end === 'sender' ? ends.senderPort : ends.receiverPort)
    else {
      left.bytes = ends.addresses
      left.begin = end === 'sender' ? 0 : 16
      left.end = left.begin + size
    }
    if (one(left) !== all) return all ? Ternary.No : Ternary.Yes
  }
  return all ? Ternary.Yes : Ternary.No
}
