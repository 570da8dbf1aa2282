/**
 * Names of a filter to what they stand for: a field of the registry, several fields under one name as Wireshark has them
 * (`ip.addr` is either address), or a column of the index. Misspelt names get the nearest known one.
 */
import {
  allAliases,
  allFields,
  type FieldDeclaration,
  fieldById,
  fieldIds,
  protocolNamed,
  protocolOfField,
} from '../../../dissectors/core/fields.ts'
import { Stop } from '../../../dissectors/core/walk.ts'
import type { ColumnSource } from './columns.ts'
import './mh-fields.ts'

export type ColumnKind = 'integer' | 'time' | 'text'

export interface ColumnField {
  readonly name: string
  readonly kind: ColumnKind
  readonly label: string
  /** number of occurrences, and the value of one */
  count(columns: ColumnSource, row: number): number
  number(columns: ColumnSource, row: number): number
  text(columns: ColumnSource, row: number, occurrence: number): string
  /** all its texts at once, where it has them as a list */
  readonly list?: (columns: ColumnSource, row: number) => readonly string[]
}

const nothing = (): string => ''
const numeric = (name: string, kind: 'integer' | 'time', label: string, number: ColumnField['number']): ColumnField => ({
  name,
  kind,
  label,
  count: () => 1,
  number,
  text: nothing,
})
const listed = (name: string, label: string, list: (columns: ColumnSource, row: number) => readonly string[]): ColumnField => ({
  name,
  kind: 'text',
  label,
  count: (columns, row) => list(columns, row).length,
  number: () => 0,
  text: (columns, row, occurrence) => list(columns, row)[occurrence] ?? '',
  list,
})

const NONE: readonly string[] = []
/** as Wireshark prints them, without the protocol that it was in */
const MALFORMED: readonly string[] = ['[Malformed Packet]']
const SHORT: readonly string[] = ['[Packet size limited during capture]']

export const COLUMN_FIELDS: readonly ColumnField[] = [
  numeric('frame.number', 'integer', 'Frame Number', (c, row) => c.frameNumber(row)),
  numeric('frame.len', 'integer', 'Frame length on the wire', (c, row) => c.frameLength(row)),
  numeric('frame.cap_len', 'integer', 'Frame length stored', (c, row) => c.capturedLength(row)),
  numeric('frame.interface_id', 'integer', 'Interface id', (c, row) => c.interfaceId(row)),
  numeric('frame.time_relative', 'time', 'Time since first frame', (c, row) => c.timeRelative(row)),
  numeric('frame.time', 'time', 'Arrival Time', (c, row) => c.timeEpoch(row)),
  numeric('frame.time_epoch', 'time', 'Epoch Time', (c, row) => c.timeEpoch(row)),
  {
    name: 'frame.interface_name',
    kind: 'text',
    label: 'Interface name',
    count: (c, row) => (c.interfaceName(row) === null ? 0 : 1),
    number: () => 0,
    text: (c, row) => c.interfaceName(row) ?? '',
  },
  listed('mh.session', 'Session', (c, row) => c.sessions(row)),
  listed('mh.rehoming', 'Rehoming', (c, row) => c.rehomings(row)),
  listed('mh.finding', 'Finding', (c, row) => c.findings(row)),
  listed('_ws.malformed', 'Malformed packet', (c, row) => (c.stop(row) === Stop.Malformed ? MALFORMED : NONE)),
  listed('_ws.short', 'Packet cut short by the capture', (c, row) => (c.stop(row) === Stop.Cut ? SHORT : NONE)),
]

const columnByName = new Map(COLUMN_FIELDS.map((field) => [field.name, field]))

export type Resolved =
  | { readonly kind: 'column'; readonly column: ColumnField }
  | { readonly kind: 'fields'; readonly name: string; readonly fields: readonly FieldDeclaration[] }
  /** `frame` or `mh` alone, which have no layer of their own in a walk */
  | { readonly kind: 'frame' }

/** What `name` stands for; null when it is no field. */
export function resolveName(name: string): Resolved | null {
  const column = columnByName.get(name)
  if (column !== undefined) return { kind: 'column', column }
  if (name === 'frame') return { kind: 'frame' }
  const fields = fieldIds(name).map(fieldById)
  return fields.length === 0 ? null : { kind: 'fields', name, fields }
}

/**
 * Fields that are also recorded inside layers of another protocol than the one that declares them
 * (RFC 4884 extensions are declared by ICMPv4 and occur in ICMPv6), or in no layer at all (remarks): the layer's absence says nothing about them.
 */
const WANDERING = ['mh.', 'ip.version', 'icmp.ext', 'icmp.mpls', 'icmp.int_']

/** Protocol without whose layer the field cannot occur; -1: not known. */
export function protocolNeeded(field: FieldDeclaration): number {
  if (WANDERING.some((prefix) => field.name.startsWith(prefix))) return -1
  return protocolNamed(field.protocol)
}

/** The protocol whose layer this field stands for; null when it is an ordinary field. */
export function layerOf(field: FieldDeclaration): number | null {
  return protocolOfField(field.id)?.id ?? null
}

/** The known name nearest to `name`, null when none is near. Only made for error messages. */
export function nearestName(name: string): string | null {
  const wanted = name.toLowerCase()
  let best: string | null = null
  let bestDistance = Math.min(4, Math.max(1, Math.floor(wanted.length / 3))) + 1
  const consider = (known: string): void => {
    if (Math.abs(known.length - wanted.length) >= bestDistance) return
    const d = distance(wanted, known.toLowerCase(), bestDistance)
    if (d < bestDistance) {
      bestDistance = d
      best = known
    }
  }
  for (const field of allFields()) consider(field.name)
  for (const alias of allAliases().keys()) consider(alias)
  for (const column of COLUMN_FIELDS) consider(column.name)
  if (best === null && wanted.length >= 3) best = allFields().find((field) => field.name.startsWith(`${wanted}.`))?.name ?? null
  return best
}

/** Edit distance with neighbours swapped counted once; stops caring at `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (a.length > 200) return limit
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let d = Math.min((previous[j] as number) + 1, (row[j - 1] as number) + 1, (previous[j - 1] as number) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, (before[j - 2] as number) + 1)
      row.push(d)
    }
    before = previous
    previous = row
  }
  return previous[b.length] as number
}

/** Every name that a filter may use, for completion. */
export function filterNames(): string[] {
  const names = new Set(allFields().map((field) => field.name))
  for (const alias of allAliases().keys()) names.add(alias)
  for (const column of COLUMN_FIELDS) names.add(column.name)
  names.add('frame')
  return [...names].sort()
}
