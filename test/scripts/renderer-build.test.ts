/** Whoever runs the tests has NODE_ENV set: the screens that are built then are those that ship, and that the next start shows. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { buildInto } from '../../scripts/build.mjs'

const outDir = mkdtempSync(join(tmpdir(), 'rehome-renderer-build-'))
afterAll(() => rmSync(outDir, { recursive: true, force: true }))

/** what React's developer version says, and the call that only that version has */
const DEVELOPERS = ['Encountered two children with the', 'jsxDEV']

test('the screens are built as they ship, whatever the environment says', async () => {
  expect(process.env.NODE_ENV).toBe('test')
  await buildInto('renderer', outDir)
  expect(process.env.NODE_ENV).toBe('test')
  const scripts = readdirSync(join(outDir, 'assets')).filter((name) => name.endsWith('.js'))
  const talking = scripts.filter((name) => {
    const text = readFileSync(join(outDir, 'assets', name), 'utf8')
    return DEVELOPERS.some((words) => text.includes(words))
  })
  expect([scripts.length > 0, talking]).toEqual([true, []])
}, 60_000)
