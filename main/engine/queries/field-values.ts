/**
 * Values of fields that a person put beside the packet list's own columns: of packets that are on screen, from the walk that made their line.
 * A name that is no field (any more: its profile is not given) has no values, and is no error.
 */
import { fieldById, fieldIds } from '../../../dissectors/core/fields.ts'
import { type FieldRecorder, ValueKind } from '../../../dissectors/core/recorder.ts'
import { escapeText, lineText, valueText } from '../../../dissectors/core/values.ts'
import type { FieldValue } from '../../../shared/contract.ts'
import type { ColumnSource } from '../filter/columns.ts'
import { type ColumnField, resolveName } from '../filter/names.ts'

export interface FieldColumn {
  name: string
  fields: readonly number[]
  /** what only the analysis knows */
  column: ColumnField | null
}

/** Values of one field in one packet that are shown, and that are made a filter of together. */
const MOST_VALUES = 32
const MOST_TERMS = 4
const MOST_TEXT = 500
/** Longest value that is offered as a filter. */
const MAX_FILTER_TEXT = 200

export function fieldColumns(names: readonly string[]): FieldColumn[] {
  return names.map((name) => {
    const fields = fieldIds(name)
    if (fields.length > 0 && !/^(mh|_ws)\./.test(name)) return { name, fields, column: null }
    const resolved = resolveName(name)
    if (resolved?.kind === 'column') return { name, fields: [], column: resolved.column }
    return { name, fields: resolved?.kind === 'fields' ? resolved.fields.map((field) => field.id) : [], column: null }
  })
}

/** `recorder` holds the packet's fields. */
export function fieldValues(wanted: readonly FieldColumn[], recorder: FieldRecorder, columns: ColumnSource, row: number): FieldValue[] {
  return wanted.map(({ name, fields, column }) => {
    const texts: string[] = []
    const filters = new Set<string>()
    if (column !== null) {
      for (let i = 0; i < Math.min(MOST_VALUES, column.count(columns, row)); i++) {
        const text = column.kind === 'text' ? column.text(columns, row, i) : String(column.number(columns, row))
        texts.push(escapeText(text))
        filters.add(`${name} == ${column.kind === 'text' ? JSON.stringify(text) : text}`)
      }
    } else if (fields.length > 0)
      for (let i = 0; i < recorder.count && texts.length < MOST_VALUES; i++) {
        if (!fields.includes(recorder.field[i] as number)) continue
        texts.push(shownValue(recorder, i))
        filters.add(filterOf(recorder, i))
      }
    const terms = [...filters]
    const filter = terms.length === 0 ? '' : terms.length > MOST_TERMS ? name : terms.join(' and ')
    return { text: texts.join(',').slice(0, MOST_TEXT), filter }
  })
}

/** The name of a value where it has one, as Wireshark's columns have it. */
function shownValue(recorder: FieldRecorder, entry: number): string {
  const field = fieldById(recorder.field[entry] as number)
  if (recorder.kind[entry] === ValueKind.None) return lineText(recorder, entry)
  const named = recorder.kind[entry] === ValueKind.Number ? field.values?.[recorder.value[entry] as number] : undefined
  return named ?? valueText(recorder, entry)
}

/** A filter that selects packets with this value; the field's name alone where the value is none or too long. */
export function filterOf(recorder: FieldRecorder, entry: number): string {
  const field = fieldById(recorder.field[entry] as number)
  if (recorder.kind[entry] === ValueKind.None) return field.name
  const value = valueText(recorder, entry)
  if (value.length > MAX_FILTER_TEXT) return field.name
  switch (field.type) {
    case 'none':
      return field.name
    case 'string':
    case 'absolute-time':
      return `${field.name} == ${JSON.stringify(value)}`
    case 'bytes':
      return value === '' ? field.name : `${field.name} == ${value.replace(/(..)(?=.)/g, '$1:')}`
    default:
      return value === '' ? field.name : `${field.name} == ${value}`
  }
}
