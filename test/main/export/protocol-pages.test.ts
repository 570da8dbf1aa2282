/** docs/reference is what the registry says today: every page, every field, none left over. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allFields } from '../../../dissectors/core/fields.ts'
import { protocolPages } from '../../../main/export/protocol-pages.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const folder = join(root, 'docs', 'reference')
const sources = new Map<string, string>()
for (const room of ['dissectors', 'main/analysis/sessions', 'shared'])
  for (const name of (readdirSync(join(root, room), { recursive: true }) as string[]).sort()) {
    const path = `${room}/${name.replaceAll('\\', '/')}`
    if (path.endsWith('.ts')) sources.set(path, readFileSync(join(root, path), 'utf8'))
  }

describe('docs/reference', () => {
  const pages = protocolPages(sources)
  it('holds one page a protocol and no other (node scripts/protocol-pages.mjs makes them)', () => {
    expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort())
  })
  it('every page is what the registry says', () => {
    const stale = [...pages].filter(([name, text]) => readFileSync(join(folder, name), 'utf8') !== text).map(([name]) => name)
    expect(stale).toEqual([])
  })
  it('every field of the registry stands on exactly one page', () => {
    const all = [...pages.values()].join('\n')
    const listed = [...all.matchAll(/^\| `([^`]+)` \|/gm)].map((found) => found[1])
    expect(listed.sort()).toEqual(
      allFields()
        .map((field) => field.name)
        .sort(),
    )
  })
  it('says where a protocol hangs, what it signals and which documents it follows', () => {
    const page = pages.get('sctp.md') ?? ''
    expect(
      [/IP protocol 132/, /UDP port 9899/, /\*\*Payload\*\*/, /RFC 9260/, /`sctp\.chunk_type` \| uint8/].filter((part) => !part.test(page)),
    ).toEqual([])
  })
})
