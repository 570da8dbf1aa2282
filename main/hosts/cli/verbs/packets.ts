/**
 * `rehome packets`: one line a packet in file order, or the columns asked for with -e exactly as `tshark -T fields` prints them
 * (tab-separated, several values of one field joined by ',', absent is empty). One pass; the whole analysis runs first only when
 * a field or filter needs it (mh.*).
 */
import { registerAll } from '../../../../dissectors/all.ts'
import { allFields, fieldById, fieldIds } from '../../../../dissectors/core/fields.ts'
import type { FieldRecorder } from '../../../../dissectors/core/recorder.ts'
import { escapeText, valueText } from '../../../../dissectors/core/values.ts'
import type { Walk } from '../../../../dissectors/core/walk.ts'
import { applyProfiles } from '../../../../dissectors/profile/table.ts'
import { type FilePacket, walkFiles } from '../../../engine/file-order.ts'
import { mhNote } from '../../../engine/filter/mh-fields.ts'
import { type ColumnField, nearestName, resolveName } from '../../../engine/filter/names.ts'
import { notesWanted, recordNotes, wantForNotes } from '../../../engine/notes.ts'
import { PacketColumns } from '../../../engine/packet-columns.ts'
import { packetLine } from '../../../engine/packet-line.ts'
import type { ReadyFilter } from '../../../engine/queries/filter.ts'
import { Exit, Failure, warn } from '../failure.ts'
import { type Output, progressLine, toStdout } from '../output.ts'
import { PacketFile } from '../packet-file.ts'
import { prepareFilter } from './filtering.ts'

export interface PacketsOptions {
  filter?: string
  field?: string[]
  count?: number
  format?: 'text' | 'tsv' | 'json'
  write?: string
  withSecrets?: boolean
  netlink?: string
  keys?: string[]
  profile?: string[]
}

/** remarks hold what the analysis found out too */
const KNOWN_BY_ANALYSIS = /\b(mh|_ws\.expert)\b/

/** Where the values of one asked column come from: fields of the packet, or what only the analysis knows. */
type Column = { name: string; fields: readonly number[] } | { name: string; column: ColumnField }

export async function packets(files: string[], options: PacketsOptions): Promise<void> {
  registerAll()
  const columns = (options.field ?? []).map(columnOf)
  if (options.format === 'text' && columns.length > 0) throw new Failure(Exit.Usage, '-e goes with --format tsv or json, not text')
  if (options.format === 'tsv' && columns.length === 0) throw new Failure(Exit.Usage, '--format tsv needs at least one -e FIELD')
  if (options.write !== undefined && (columns.length > 0 || options.format !== undefined))
    throw new Failure(Exit.Usage, '--write makes a capture file, and prints no lines', 'Leave out -e and --format, or --write.')
  if (options.withSecrets === true && options.write === undefined)
    throw new Failure(Exit.Usage, '--with-secrets goes with --write', 'Name the file to be written, or leave it out.')
  const analysed = columns.some((column) => KNOWN_BY_ANALYSIS.test(column.name)) || KNOWN_BY_ANALYSIS.test(options.filter ?? '')
  const source = new PacketColumns()
  const filter = prepareFilter(options.filter)
  if (analysed) {
    const { openForCommand } = await import('./opening.ts')
    source.analysed = (await openForCommand(files, options)).columns
  }
  const { keysForCommand, profilesForCommand } = await import('./opening.ts')
  const keys = await keysForCommand(options.keys)
  const profiles = await profilesForCommand(options.profile)
  if (source.analysed === null) for (const words of keys.problems()) warn(words)
  const out = toStdout()
  const progress = progressLine()
  const file = options.write === undefined ? null : new PacketFile(options.write, files, options.withSecrets === true)
  const write: Writer =
    file !== null
      ? (_walk, _recorder, packet) => file.packet(packet)
      : columns.length > 0
        ? fieldWriter(columns, source, options.format === 'json', out)
        : lineWriter(options.format === 'json', out)
  const walked = walkFiles(
    files,
    (walk, recorder, packet) => {
      source.at(packet, walk.stop)
      if (notesWanted(recorder)) recordNotes(walk, recorder, source.rowFlags(packet.frame - 1))
      if (filter === null || filter.matches(recorder, source, packet.frame - 1)) write(walk, recorder, packet)
      return undefined
    },
    {
      keys,
      prepare: (state) => applyProfiles(state, profiles),
      maxPackets: options.count,
      wanted: wantedFields(columns, filter),
      infos: columns.length === 0 && file === null,
      frameLayer: filter?.asksFrame === true || columns.some((column) => column.name.startsWith('frame')),
      between: () => out.room(),
      onProgress: (now) => progress.show(`${now.packets.toLocaleString('en')} packets read`),
    },
  )
  let facts: Awaited<typeof walked>
  try {
    facts = await walked
  } catch (error) {
    file?.giveUp()
    throw error
  }
  progress.clear()
  file?.finish(facts)
  await out.end()
  for (const file of facts) for (const words of file.warnings) warn(`${file.path}: ${words}`)
}

function columnOf(name: string): Column {
  const fields = fieldIds(name)
  if (fields.length > 0 && !/^(mh|_ws)\./.test(name)) return { name, fields }
  const resolved = resolveName(name)
  if (resolved?.kind === 'column') return { name, column: resolved.column }
  if (resolved?.kind === 'fields') return { name, fields: resolved.fields.map((field) => field.id) }
  const near = nearestName(name)
  throw new Failure(
    Exit.Usage,
    `no field is called '${name}'${near === null ? '' : `; did you mean '${near}'?`}`,
    "See 'rehome fields' for all of them.",
  )
}

/** What must be recorded; undefined: everything, for the text of a line, a layer's own line, or the chain of protocols. */
function wantedFields(columns: Column[], filter: ReadyFilter | null): Uint8Array | undefined {
  const dear = (field: number): boolean => fieldById(field).type === 'none'
  if (filter?.asksLines === true || filter?.wanted === null) return undefined
  const wanted = filter === null ? new Uint8Array(allFields().length) : (filter.wanted as Uint8Array).slice()
  for (const column of columns) {
    if (column.name === 'frame.protocols' || ('fields' in column && column.fields.some(dear))) return undefined
    if ('fields' in column) for (const field of column.fields) wanted[field] = 1
    if ('fields' in column && column.fields.includes(mhNote)) wantForNotes(wanted)
  }
  return wanted
}

type Writer = (walk: Walk, recorder: FieldRecorder, packet: FilePacket) => void

function fieldWriter(columns: Column[], source: PacketColumns, asJson: boolean, out: Output): Writer {
  // field id -> positions of the asked columns that it feeds: most columns one field, an alias two, a field asked twice two columns
  const feeds = new Map<number, number[]>()
  columns.forEach((column, position) => {
    if ('fields' in column) for (const field of column.fields) feeds.set(field, [...(feeds.get(field) ?? []), position])
  })
  const values: string[][] = columns.map(() => [])
  return (_walk, recorder, packet) => {
    for (const list of values) if (list.length > 0) list.length = 0
    for (let i = 0; i < recorder.count; i++) {
      const positions = feeds.get(recorder.field[i] as number)
      if (positions === undefined) continue
      const text = valueText(recorder, i)
      for (const position of positions) (values[position] as string[]).push(text)
    }
    columns.forEach((column, position) => {
      if ('column' in column) values[position] = source.texts(column.column, packet.frame - 1)
    })
    if (asJson) {
      const record = Object.fromEntries(columns.flatMap(({ name }, i) => ((values[i] as string[]).length > 0 ? [[name, values[i]]] : [])))
      out.write(`${JSON.stringify({ frame: packet.frame, fields: record })}\n`)
    } else out.write(`${values.map((list) => list.join(',')).join('\t')}\n`)
  }
}

function lineWriter(asJson: boolean, out: Output): Writer {
  return (walk, _recorder, packet) => {
    const line = packetLine(walk, packet.batch.memory)
    const length = walk.wireLength
    if (asJson) {
      const name = packet.interface?.name ?? null
      out.write(`${JSON.stringify({ frame: packet.frame, time: packet.time / 1e9, interface: name, ...line, length })}\n`)
      return
    }
    const path = `${escapeText(line.source).padStart(15)} → ${escapeText(line.destination).padEnd(15)}`
    out.write(
      `${String(packet.frame).padStart(6)} ${(packet.time / 1e9).toFixed(6).padStart(12)} ${path} ${line.protocol.padEnd(8)} ${String(length).padStart(5)} ${line.info}\n`,
    )
  }
}
