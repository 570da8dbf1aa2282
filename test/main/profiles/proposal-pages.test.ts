/** A page for each historical proposal: every preset has one, all say the same things, and what they point to is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PRESETS } from '../../../main/profiles/presets.ts'

const FOLDER = join(import.meta.dirname, '../../../docs/proposals')
const pages = readdirSync(FOLDER).filter((name) => name !== 'README.md')
const textOf = (name: string): string => readFileSync(join(FOLDER, name), 'utf8')

describe('pages of the proposals', () => {
  it('every preset has its page', () => {
    expect(PRESETS.map(({ id }) => `${id}.md`).filter((name) => !pages.includes(name))).toEqual([])
  })

  it('the overview leads to every page', () => {
    const overview = textOf('README.md')
    expect(pages.filter((name) => !overview.includes(`](${name})`))).toEqual([])
  })

  it.each(pages)('%s', (name) => {
    const text = textOf(name)
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
      'What it was',
      'How it would be recognised',
      'Class and identity',
      'What became of it',
      'Here',
    ])
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link as string)
    expect(links.filter((link) => !existsSync(join(dirname(join(FOLDER, name)), link)))).toEqual([])
  })
})
