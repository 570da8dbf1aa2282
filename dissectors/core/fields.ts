/**
 * The field registry: every protocol and every field is declared once, here, by the protocol's `wire.ts`.
 * Tree, filter, `-e` columns, exports and the generated reference all read this one table.
 * Names and types are Wireshark's where Wireshark has the field, so that filters and habits carry over.
 * A field is known by a small integer on the hot path; its declaration is looked up only when something is shown.
 */

export type FieldType =
  | 'uint8'
  | 'uint16'
  | 'uint24'
  | 'uint32'
  | 'uint64'
  | 'int32'
  | 'bool'
  | 'ipv4'
  | 'ipv6'
  | 'ether'
  | 'bytes'
  | 'string'
  | 'framenum'
  | 'absolute-time'
  | 'relative-time'
  /** a subtree without a value: a protocol's layer or a group such as 'Chunk: DATA' */
  | 'none'

export type FieldBase = 'dec' | 'hex' | 'bool'

export type FieldValues = Readonly<Record<number, string>>

export interface FieldDeclaration {
  /** index in the registry, the id that dissectors pass to the walk */
  readonly id: number
  /** Wireshark's name where it has one, e.g. `sctp.chunk_type`; ours start with `mh.` */
  readonly name: string
  readonly type: FieldType
  /** how integers are printed */
  readonly base: FieldBase
  /** hexadecimal digits in a tree where the field is narrower than its type; null: those of its type */
  readonly digits: number | null
  /** the words shown in the tree */
  readonly label: string
  /** names of values; shown in the tree and in `rehome fields` */
  readonly values: FieldValues | null
  /** protocol that declared it */
  readonly protocol: string
}

export interface ProtocolDeclaration {
  readonly id: number
  /** filter name, e.g. `sctp`; also the id of its root field */
  readonly name: string
  /** long name for the tree */
  readonly title: string
  /** short name for the packet list's protocol column */
  readonly column: string
  /** the field that stands for the layer itself (presence filter `sctp`) */
  readonly field: number
}

const fields: FieldDeclaration[] = []
const protocols: ProtocolDeclaration[] = []
const byName = new Map<string, FieldDeclaration>()

export interface FieldOptions {
  base?: FieldBase
  digits?: number
  values?: FieldValues
}

function declare(protocol: string, name: string, type: FieldType, label: string, options: FieldOptions = {}): number {
  const known = byName.get(name)
  if (known !== undefined) {
    // Several protocols may share a field (`ip.addr`-like aliases); the first declaration stands.
    if (known.type !== type) throw new Error(`field ${name} is declared as ${known.type} and as ${type}`)
    return known.id
  }
  const declaration: FieldDeclaration = {
    id: fields.length,
    name,
    type,
    base: options.base ?? (type === 'bool' ? 'bool' : 'dec'),
    digits: options.digits ?? null,
    label,
    values: options.values ?? null,
    protocol,
  }
  fields.push(declaration)
  byName.set(name, declaration)
  return declaration.id
}

/** What `protocol()` hands to a `wire.ts`: one method a type, each returns the new field's id. */
export interface FieldMaker {
  /** id of the protocol in `walk.layer()` */
  readonly protocol: number
  /** id of the protocol's own layer field */
  readonly root: number
  uint8(name: string, label: string, options?: FieldOptions): number
  uint16(name: string, label: string, options?: FieldOptions): number
  uint24(name: string, label: string, options?: FieldOptions): number
  uint32(name: string, label: string, options?: FieldOptions): number
  uint64(name: string, label: string, options?: FieldOptions): number
  int32(name: string, label: string, options?: FieldOptions): number
  bool(name: string, label: string, options?: FieldOptions): number
  ipv4(name: string, label: string): number
  ipv6(name: string, label: string): number
  ether(name: string, label: string): number
  bytes(name: string, label: string): number
  string(name: string, label: string): number
  frame(name: string, label: string): number
  absoluteTime(name: string, label: string): number
  relativeTime(name: string, label: string): number
  /** a subtree's own line; has no value */
  group(name: string, label: string): number
}

/** Declares a protocol and its layer field. `column` is the short name for the packet list. */
export function protocol(name: string, title: string, column = name.toUpperCase()): FieldMaker {
  const id = protocols.length
  const field = declare(name, name, 'none', title)
  protocols.push({ id, name, title, column, field })
  protocolByField.set(field, id)
  const maker =
    (type: FieldType) =>
    (fieldName: string, label: string, options?: FieldOptions): number =>
      declare(name, fieldName, type, label, options)
  return {
    protocol: id,
    root: field,
    uint8: maker('uint8'),
    uint16: maker('uint16'),
    uint24: maker('uint24'),
    uint32: maker('uint32'),
    uint64: maker('uint64'),
    int32: maker('int32'),
    bool: maker('bool'),
    ipv4: maker('ipv4'),
    ipv6: maker('ipv6'),
    ether: maker('ether'),
    bytes: maker('bytes'),
    string: maker('string'),
    frame: maker('framenum'),
    absoluteTime: maker('absolute-time'),
    relativeTime: maker('relative-time'),
    group: maker('none'),
  }
}

const aliases = new Map<string, readonly number[]>()
const protocolByField = new Map<number, number>()

/**
 * A name that selects several fields, such as `ip.addr` for `ip.src` and `ip.dst`. Nothing is recorded twice for it:
 * filters and `-e` columns look at all of `fieldIds(name)`, in the order of the packet.
 */
export function alias(name: string, of: readonly number[]): void {
  aliases.set(name, of)
}

/** Every field that a name selects: the field itself, those of an alias, or none for an unknown name. */
export function fieldIds(name: string): readonly number[] {
  const field = byName.get(name)
  return field === undefined ? (aliases.get(name) ?? []) : [field.id]
}

/** Names that select several fields, and those fields. */
export function allAliases(): ReadonlyMap<string, readonly number[]> {
  return aliases
}

/** The protocol whose layer field `field` is; undefined for any other field. */
export function protocolOfField(field: number): ProtocolDeclaration | undefined {
  const id = protocolByField.get(field)
  return id === undefined ? undefined : protocols[id]
}

export function allFields(): readonly FieldDeclaration[] {
  return fields
}

/** Id of the protocol of this name; -1: there is none. */
export function protocolNamed(name: string): number {
  return allProtocols().find((declared) => declared.name === name)?.id ?? -1
}

export function allProtocols(): readonly ProtocolDeclaration[] {
  return protocols
}

export function fieldById(id: number): FieldDeclaration {
  const field = fields[id]
  if (field === undefined) throw new Error(`no field has id ${id}`)
  return field
}

export function fieldByName(name: string): FieldDeclaration | undefined {
  return byName.get(name)
}

export function protocolById(id: number): ProtocolDeclaration {
  const found = protocols[id]
  if (found === undefined) throw new Error(`no protocol has id ${id}`)
  return found
}
