/** `rehome fields`: the registry as a table, or as JSON for tools. */
import { registerAll } from '../../../../dissectors/all.ts'
import { allFields, type FieldDeclaration } from '../../../../dissectors/core/fields.ts'
import { toStdout } from '../output.ts'

export async function fields(options: { json?: boolean }): Promise<void> {
  registerAll()
  const sorted = [...allFields()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const out = toStdout()
  if (options.json === true) out.write(`${JSON.stringify(sorted.map(asJson), null, 1)}\n`)
  else for (const field of sorted) out.write(`${field.name}\t${field.type}\t${field.label}${valuesText(field)}\n`)
  await out.end()
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
