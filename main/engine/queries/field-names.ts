/** Names for completion: those that begin with what was typed first, then those that contain it. */
import { fieldByName } from '../../../dissectors/core/fields.ts'
import type { Answers } from '../../../shared/contract.ts'
import { COLUMN_FIELDS, filterNames } from '../filter/names.ts'

let names: Answers['fields']['fields'] | null = null

function allNames(): Answers['fields']['fields'] {
  names ??= filterNames().map((name) => {
    const column = COLUMN_FIELDS.find((candidate) => candidate.name === name)
    const field = fieldByName(name)
    return { name, type: field?.type ?? (column?.kind === 'text' ? 'string' : 'uint32'), label: column?.label ?? field?.label ?? name }
  })
  return names
}

export function fieldNames(prefix: string, limit: number): Answers['fields'] {
  const wanted = prefix.toLowerCase()
  const starting: Answers['fields']['fields'] = []
  const containing: Answers['fields']['fields'] = []
  for (const field of allNames()) {
    const at = field.name.toLowerCase().indexOf(wanted)
    if (at === 0) starting.push(field)
    else if (at > 0) containing.push(field)
  }
  return { fields: [...starting, ...containing].slice(0, limit) }
}
