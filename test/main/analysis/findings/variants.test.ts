/**
 * Every play of a rule that fires, seen in other ways: each frame captured twice and every address renumbered must give the same; a capture of one
 * direction must give nothing that rests on an absence; one that begins late nothing above low.
 */
import { afterEach, describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../../../main/analysis/findings/catalogue.ts'
import { WATCHES } from '../../../../main/analysis/findings/rules.ts'
import type { FindingReport } from '../../../../shared/report.ts'
import { Stage, type Variant } from '../stage.ts'
import { PLAYS } from './plays.ts'
import type { Play } from './plays-sessions.ts'

const again = (text: string): string =>
  text
    .replaceAll('2001:db8:', '2a0e:17:')
    .replaceAll('192.0.2.', '193.7.9.')
    .replaceAll('198.51.100.', '194.8.3.')
    .replaceAll('203.0.113.', '195.9.4.')

function seen(variant: Variant, play: Play['play']): FindingReport[] {
  Stage.variant = variant
  try {
    return play()
  } finally {
    Stage.variant = {}
  }
}
const words = (found: FindingReport[]): string[] => found.map((one) => `${one.rule} ${one.severity} ${one.confidence}`).sort()
const serious = (found: FindingReport[]): string[] => words(found.filter((one) => one.severity !== 'info' && one.severity !== 'low'))
const all = Object.entries(PLAYS)

afterEach(() => {
  Stage.variant = {}
})

describe('plays in other ways', () => {
  test('every play is of a rule that exists', () => {
    const known = new Set(WATCHES.flatMap((watch) => watch.rules))
    expect(Object.keys(PLAYS).filter((id) => !known.has(id))).toEqual([])
  })
  test('every rule that may say more than low has a play', () => {
    const serious = CATALOGUE.filter((rule) => rule.severity.some(({ value }) => value !== 'low' && value !== 'info'))
    expect(serious.map((rule) => rule.id).filter((id) => !(id in PLAYS))).toEqual([])
  })
  test.each(all)('%s fires', (id, { play }) => {
    expect(seen({}, play).map((one) => one.rule)).toContain(id)
  })
  test.each(all)('%s: every frame captured twice', (_id, { play, once }) => {
    // More packets make a baseline of hop limits sooner: the confidence may differ, nothing else may.
    const rules = (found: string[]): string[] => found.map((text) => text.split(' ').slice(0, 2).join(' '))
    const expected = rules(serious(seen({}, play)))
    expect(rules(serious(seen({ twice: true }, play)))).toEqual(once === true ? [] : expected)
  })
  test.each(all)('%s: every address renumbered', (_id, { play }) => {
    const [before, after] = [seen({}, play), seen({ renumber: again }, play)]
    expect(words(after)).toEqual(words(before))
    expect(after.map((one) => one.claimant)).toEqual(before.map((one) => (one.claimant == null ? one.claimant : again(one.claimant))))
  })
  test.each(all.filter(([, one]) => one.absence))('%s: one direction only', (id, { play }) => {
    for (const lost of [({ hops }: { hops: number }) => hops === 64, ({ hops }: { hops: number }) => hops < 64])
      expect(seen({ lost }, play).filter((one) => one.rule === id && one.severity !== 'info' && one.severity !== 'low')).toEqual([])
  })
  test.each(all.filter(([, one]) => one.late !== undefined))('%s: the capture begins late', (_id, { play, late = 0 }) => {
    expect(serious(seen({ lost: ({ seconds }) => seconds < late }, play))).toEqual([])
  })
})
