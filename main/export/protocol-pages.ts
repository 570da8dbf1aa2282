/**
 * The protocol reference: a page a folder of `dissectors/`, made from the field registry, the dispatch tables and the words that open its sources.
 * Refuses nothing; what a folder does not say has no section. For `scripts/protocol-pages.mjs` and its test, never in the product.
 */
import { registerAll } from '../../dissectors/all.ts'
import { placesOf, type TableName } from '../../dissectors/core/dispatch.ts'
import { allAliases, allFields, allProtocols, type FieldDeclaration, fieldById } from '../../dissectors/core/fields.ts'

/** Sources by their path below the root, such as `dissectors/sctp/wire.ts`. */
export type Sources = ReadonlyMap<string, string>

/** Folders that are no protocol of their own. */
const NO_PROTOCOL = new Set(['core', 'recognise'])
const TABLES: Record<TableName, string> = {
  link: 'link type',
  ethertype: 'ethertype',
  'ip.proto': 'IP protocol',
  'udp.port': 'UDP port',
  'tcp.port': 'TCP port',
  'sctp.ppid': 'SCTP payload protocol',
}
/** names of one field's values that a page lists; `rehome fields` lists all */
const MAX_VALUES = 24

/** Page texts by file name. */
export function protocolPages(sources: Sources): Map<string, string> {
  registerAll()
  const pages = new Map<string, string>()
  const index: string[] = []
  const folders = new Set([...sources.keys()].map((path) => /^dissectors\/([^/]+)\//.exec(path)?.[1] ?? 'core'))
  for (const folder of [...folders].sort()) {
    if (NO_PROTOCOL.has(folder)) continue
    const own = new Map([...sources].filter(([path]) => path.startsWith(`dissectors/${folder}/`) && !path.endsWith('/emit.ts')))
    const text = [...own.values()].join('\n')
    const names = new Set([...text.matchAll(/[^\w]protocol\('([^']+)'/g)].map((found) => found[1]))
    const protocols = allProtocols().filter((protocol) => names.has(protocol.name))
    if (protocols.length === 0) continue
    const titles = protocols.map((protocol) => `${protocol.title} (\`${protocol.name}\`)`)
    pages.set(
      `${folder}.md`,
      page(
        folder,
        titles,
        protocols.map((p) => p.name),
        own,
        text,
        sources,
      ),
    )
    index.push(`| [${folder}](${folder}.md) | ${titles.join(', ')} | ${hangs(text).join('; ') || 'from the layer around it'} |`)
  }
  pages.set('README.md', `${INTRODUCTION}\n| page | protocols | found by |\n|---|---|---|\n${index.join('\n')}\n`)
  return pages
}

const INTRODUCTION = `# Protocol reference

What Rehome reads of each protocol, and under which names. Made by \`node scripts/protocol-pages.mjs\` from the registry that the product itself
uses; \`rehome fields\` prints the same fields with all names of their values. Field names are Wireshark's where Wireshark has the field.

Some fields no packet carries; filters, columns and \`-e\` know them like any other:

- \`mh.session\`, \`mh.rehoming\`, \`mh.finding\`: the sessions it belongs to, the rehomings and findings that it is evidence of
- \`mh.note\`, also under \`_ws.expert\` and \`_ws.expert.message\`: remarks: sent again, a bad checksum, an option nobody knows, why its dissection ended early
- \`_ws.malformed\`: a length in it contradicts its container
- \`_ws.short\`: the capture stored less of it than there was
`

function page(folder: string, titles: string[], names: string[], own: Sources, text: string, sources: Sources): string {
  const parts = [`# ${titles.join(', ')}`]
  const wire = opening(own.get(`dissectors/${folder}/wire.ts`))
  const read = opening(own.get(`dissectors/${folder}/dissect.ts`))
  if (wire !== '') parts.push(wire)
  if (read !== '') parts.push(`## What is read\n\n${read}`)
  const places = hangs(text)
  parts.push(
    `## Where it hangs\n\n${places.length > 0 ? places.map((line) => `- ${line}`).join('\n') : 'The dissector of the layer around it calls it.'}`,
  )
  const signals = signalLines(own, text, sources)
  if (signals !== '') parts.push(`## Signals and context\n\n${signals}`)
  const documents = [...new Set([...text.matchAll(/RFC (\d{3,5})/g)].map((found) => Number(found[1])))].sort((a, b) => a - b)
  if (documents.length > 0)
    parts.push(`## Documents\n\n${documents.map((n) => `[RFC ${n}](https://www.rfc-editor.org/rfc/rfc${n})`).join(', ')}`)
  const fields = allFields().filter((field) => names.includes(field.protocol))
  const rows = fields.sort((a, b) => (a.name < b.name ? -1 : 1)).map(row)
  parts.push(`## Fields\n\n| field | type | meaning |\n|---|---|---|\n${rows.join('\n')}`)
  const ids = new Set(fields.map((field) => field.id))
  const aliases = [...allAliases()].filter(([, of]) => of.some((id) => ids.has(id)))
  if (aliases.length > 0)
    parts.push(aliases.map(([name, of]) => `\`${name}\` selects ${of.map((id) => `\`${fieldById(id).name}\``).join(', ')}.`).join('\n'))
  return `${parts.join('\n\n')}\n`
}

/** The comment that opens a file. */
function opening(source: string | undefined): string {
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(source ?? '')?.[1] ?? ''
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .filter((line) => line !== '')
    .join('\n')
}

function hangs(text: string): string[] {
  const byTable = new Map<string, number[]>()
  for (const [, name] of text.matchAll(/\bregister\('([^']+)'/g))
    for (const { table, key } of placesOf(name as string)) {
      const keys = byTable.get(TABLES[table]) ?? []
      if (!keys.includes(key)) keys.push(key)
      byTable.set(TABLES[table], keys)
    }
  const shown = (what: string, key: number): string => (what === 'ethertype' ? `0x${key.toString(16).padStart(4, '0')}` : String(key))
  const lines = [...byTable].map(
    ([what, keys]) =>
      `${what} ${keys
        .sort((a, b) => a - b)
        .map((key) => shown(what, key))
        .join(', ')}`,
  )
  if (/\bregisterUdpGuess\(/.test(text)) lines.push('its bytes, on any UDP port')
  return lines
}

/** What the folder emits, and the contexts that take it. */
function signalLines(own: Sources, text: string, sources: Sources): string {
  const kinds = [...new Set([...text.matchAll(/SignalKind\.(\w+)/g)].map((found) => found[1] as string))].sort()
  const protocols = [...new Set([...text.matchAll(/SignalProtocol\.(\w+)/g)].map((found) => found[1] as string))].filter(
    (name) => name !== 'None',
  )
  if (kinds.length === 0) return ''
  const vocabulary = new Map(
    [...(sources.get('shared/signals.ts') ?? '').matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(\w+) = \d+/g)].map((found) => [
      found[2],
      found[1],
    ]),
  )
  const words = (kind: string): string =>
    (vocabulary.get(kind) ?? '')
      .replace(/\n\s*\*/g, ' ')
      .replace(/;? ?`?detail`?: \w+/, '')
      .replace(/; (\w+Detail)\b/, '')
      .replace(/\s+/g, ' ')
      .trim()
  const parts = [
    opening([...own].find(([path]) => path.endsWith('/signals.ts'))?.[1]),
    kinds.map((kind) => `- **${kind}**: ${words(kind)}`).join('\n'),
  ]
  const contexts = [...sources].filter(
    ([path, source]) =>
      path.startsWith('main/analysis/sessions/') && protocols.some((name) => familyOf(source).includes(`SignalProtocol.${name}`)),
  )
  for (const [path, source] of contexts) parts.push(`Context (\`${path}\`):\n${opening(source)}`)
  return parts.filter((part) => part !== '').join('\n\n')
}

/** The signal protocols that a file's context family takes. */
function familyOf(source: string): string[] {
  return [...source.matchAll(/protocols: \[([^\]]*)\]/g)].flatMap((found) => (found[1] as string).split(',').map((name) => name.trim()))
}

function row(field: FieldDeclaration): string {
  const type = field.type === 'none' ? 'group' : field.base === 'hex' ? `${field.type}, hex` : field.type
  const values = field.values === null ? [] : Object.entries(field.values)
  const listed = values.slice(0, MAX_VALUES).map(([value, name]) => `${value} ${name}`)
  if (values.length > MAX_VALUES) listed.push(`and ${values.length - MAX_VALUES} more`)
  const meaning = listed.length > 0 ? `${field.label}: ${listed.join('; ')}` : field.label
  return `| \`${field.name}\` | ${type} | ${meaning.replace(/\|/g, '\\|').replace(/[<>]/g, (c) => (c === '<' ? '&lt;' : '&gt;'))} |`
}
