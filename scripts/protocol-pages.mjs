/** `node scripts/protocol-pages.mjs`: writes docs/reference from the field registry and the sources; pages of protocols that are gone are removed. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const root = join(fileURLToPath(new URL('.', import.meta.url)), '..')
const folder = join(root, 'docs', 'reference')
const sources = new Map()
for (const room of ['dissectors', 'main/analysis/sessions', 'shared'])
  for (const name of readdirSync(join(root, room), { recursive: true }).sort()) {
    const path = `${room}/${String(name).replaceAll('\\', '/')}`
    if (path.endsWith('.ts')) sources.set(path, readFileSync(join(root, path), 'utf8'))
  }
const { module } = await runnerImport(join(root, 'main', 'export', 'protocol-pages.ts'), { configFile: false, root })
const pages = module.protocolPages(sources)
mkdirSync(folder, { recursive: true })
for (const name of readdirSync(folder)) if (name.endsWith('.md') && !pages.has(name)) rmSync(join(folder, name))
for (const [name, text] of pages) writeFileSync(join(folder, name), text)
process.stdout.write(`protocol pages: ${pages.size} files in docs/reference\n`)
