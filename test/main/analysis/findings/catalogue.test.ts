/** The catalogue is whole, and the pages made from it are up to date. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CATALOGUE, referenceOf } from '../../../../main/analysis/findings/catalogue.ts'
import { pages } from '../../../../main/analysis/findings/pages.ts'
import { WATCHES } from '../../../../main/analysis/findings/rules.ts'

const folder = join(import.meta.dirname, '../../../../docs/rules')

describe('the catalogue', () => {
  test('every rule of every watch stands in it once', () => {
    const ids = CATALOGUE.map((rule) => rule.id)
    expect(new Set(ids).size).toBe(ids.length)
    const judged = new Set(WATCHES.flatMap((watch) => watch.rules))
    expect([...judged].filter((id) => !ids.includes(id))).toEqual([])
    expect(ids.filter((id) => !judged.has(id))).toEqual([])
  })
  test('every rule says where it comes from, what fires it and what to do', () => {
    const poor = CATALOGUE.filter(
      (rule) => rule.severity.length === 0 || rule.confidence.length === 0 || rule.fires === '' || rule.quiet === '' || rule.repair === '',
    )
    expect(poor.map((rule) => rule.id)).toEqual([])
    expect(CATALOGUE.filter((rule) => referenceOf(rule.id).length < 8).map((rule) => rule.id)).toEqual([])
  })
})

describe('docs/rules', () => {
  const made = pages()
  test('holds one page a rule and no other (node scripts/rule-pages.mjs makes them)', () => {
    expect(readdirSync(folder).sort()).toEqual([...made.keys()].sort())
  })
  test('every page is what the catalogue says', () => {
    const stale = [...made].filter(([name, text]) => readFileSync(join(folder, name), 'utf8') !== text).map(([name]) => name)
    expect(stale).toEqual([])
  })
})
