/**
 * The catalogue against its scenes: every rule fires on its play, stays quiet on its quiet scene, and stays below medium on each of the
 * look-alikes that the catalogue lists. A rule or look-alike without a scene fails here, and so does a scene of something that is not listed.
 */
import { describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../../../main/analysis/findings/catalogue.ts'
import type { FindingReport } from '../../../../shared/report.ts'
import { PLAYS } from './plays.ts'
import { HANDSHAKE_SCENES } from './scenes/handshakes.ts'
import { INGRESS_SCENES } from './scenes/ingress.ts'
import { LINK_SCENES } from './scenes/links.ts'
import { MOBILITY_SCENES } from './scenes/mobility.ts'
import { REDIRECTION_SCENES } from './scenes/redirections.ts'
import { ROUTE_AND_NAME_SCENES } from './scenes/routes-and-names.ts'
import type { RuleScenes } from './scenes/scenes.ts'
import { SOURCE_SCENES } from './scenes/sources.ts'
import { TRANSPORT_SCENES } from './scenes/transports.ts'

const SCENES: Record<string, RuleScenes> = {
  ...HANDSHAKE_SCENES,
  ...INGRESS_SCENES,
  ...LINK_SCENES,
  ...MOBILITY_SCENES,
  ...TRANSPORT_SCENES,
  ...REDIRECTION_SCENES,
  ...ROUTE_AND_NAME_SCENES,
  ...SOURCE_SCENES,
}

const RANK = { info: 0, low: 1, medium: 2, high: 3, critical: 4 } as const
const fires = (id: string): (() => FindingReport[]) | undefined => SCENES[id]?.fires ?? PLAYS[id]?.play
/** How loud a rule is: -1 it says nothing. */
const loudest = (id: string, found: FindingReport[]): number =>
  Math.max(-1, ...found.filter((one) => one.rule === id).map((one) => RANK[one.severity]))

describe('the catalogue and its scenes', () => {
  test('every rule has a scene that fires and one that is quiet', () => {
    const poor = CATALOGUE.filter(({ id }) => fires(id) === undefined || SCENES[id]?.quiet === undefined)
    expect(poor.map(({ id }) => id)).toEqual([])
  })
  test('every look-alike has a scene, and every scene is of one that is listed', () => {
    const listed = CATALOGUE.flatMap(({ id, lookAlikes }) => lookAlikes.map((one) => `${id} ${one.id}`))
    const played = Object.entries(SCENES).flatMap(([id, { lookAlikes }]) => Object.keys(lookAlikes).map((one) => `${id} ${one}`))
    expect(new Set(listed).size).toBe(listed.length)
    expect(listed.filter((one) => !played.includes(one))).toEqual([])
    expect(played.filter((one) => !listed.includes(one))).toEqual([])
  })
})

const rules = CATALOGUE.filter(({ id }) => id in SCENES)

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  const scenes = SCENES[id] as RuleScenes
  test('fires', () => {
    expect(loudest(id, fires(id)?.() ?? [])).toBeGreaterThanOrEqual(0)
  })
  test('is quiet', () => {
    expect(loudest(id, scenes.quiet())).toBe(-1)
  })
  test.each(rule.lookAlikes.map((one) => one.id))('look-alike: %s', (name) => {
    const scene = scenes.lookAlikes[name] as RuleScenes['lookAlikes'][string]
    const [benign, control] = [loudest(id, scene(true)), loudest(id, scene(false))]
    expect(control, 'without the benign fact the rule has to speak').toBeGreaterThanOrEqual(0)
    expect(benign, 'with it the rule has to be quieter').toBeLessThan(control)
    expect(benign).toBeLessThan(RANK.medium)
  })
  test('names the doubts that remain among its checks', () => {
    if (rule.doubts === undefined) return
    const all = [fires(id), scenes.quiet, ...(scenes.more ?? [])].flatMap((play) => play?.() ?? [])
    for (const one of Object.values(scenes.lookAlikes)) all.push(...one(true), ...one(false))
    const open = all
      .filter((one) => one.rule === id)
      .flatMap((one) => one.checks)
      .filter((one) => one.result !== 'ruled out')
    expect(rule.doubts.map((one) => one.check).filter((name) => !open.some((one) => one.name === name))).toEqual([])
  })
})
