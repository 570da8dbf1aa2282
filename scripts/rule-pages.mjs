/** `node scripts/rule-pages.mjs`: writes docs/rules from the catalogue of findings; pages of rules that are gone are removed. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const root = join(fileURLToPath(new URL('.', import.meta.url)), '..')
const folder = join(root, 'docs', 'rules')
const { module } = await runnerImport(join(root, 'main', 'analysis', 'findings', 'pages.ts'), { configFile: false, root })
const pages = module.pages()
mkdirSync(folder, { recursive: true })
for (const name of readdirSync(folder)) if (name.endsWith('.md') && !pages.has(name)) rmSync(join(folder, name))
for (const [name, text] of pages) writeFileSync(join(folder, name), text)
process.stdout.write(`rule pages: ${pages.size} files in docs/rules\n`)
