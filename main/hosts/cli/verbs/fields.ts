/** `rehome fields`: the registry as a table, or as JSON for tools. */
import { registerAll } from '../../../../dissectors/all.ts'
import { allAliases, allFields, type FieldDeclaration, fieldById } from '../../../../dissectors/core/fields.ts'
import { toStdout } from '../output.ts'
import '../../../engine/filter/mh-fields.ts'

export async function fields(options: { json?: boolean }): Promise<void> {
  registerAll()
  const sorted = [...allFields(), ...aliases()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const out = toStdout()
  if (options.json === true) out.write(`${JSON.stringify(sorted.map(asJson), null, 1)}\n`)
  else for (const field of sorted) out.write(`${field.name}\t${field.type}\t${field.label}${valuesText(field)}\n`)
  await out.end()
}

/** Names that select several fields, told like fields. */
function aliases(): FieldDeclaration[] {
  return [...allAliases()].map(([name, of]) => {
    const fields = of.map(fieldById)
    return { ...(fields[0] as FieldDeclaration), name, label: `Any of ${fields.map((field) => field.name).join(', ')}` }
  })
}

function asJson(field: FieldDeclaration): object {
  const { name, type, base, label, protocol, values } = field
  return { name, type, base, description: label, protocol, ...(values === null ? {} : { values }) }
}

function valuesText(field: FieldDeclaration): string {
  if (field.values === null) return ''
  return `\t${Object.entries(field.values)
    .map(([value, name]) => `${value}=${name}`)
    .join('; ')}`
}
