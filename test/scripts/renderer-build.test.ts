/** Whoever runs the tests has NODE_ENV set: the screens that are built then are those that ship, and that the next start shows. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const outDir = mkdtempSync(join(tmpdir(), 'rehome-renderer-build-'))
afterAll(() => rmSync(outDir, { recursive: true, force: true }))

test('the screens are built without what React tells its developers', async () => {
  expect(process.env.NODE_ENV).toBe('test')
  const vite = await import('vite')
  await vite.build({ configFile: join(root, 'vite.renderer.config.ts'), logLevel: 'error', build: { outDir, emptyOutDir: true } })
  const scripts = readdirSync(join(outDir, 'assets')).filter((name) => name.endsWith('.js'))
  const talking = scripts.filter((name) => readFileSync(join(outDir, 'assets', name), 'utf8').includes('Encountered two children with the'))
  expect([scripts.length > 0, talking]).toEqual([true, []])
}, 60_000)
