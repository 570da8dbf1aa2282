/** The way back to a pair that a session had left of its own accord. */
import { expect, test } from 'vitest'
import type { RehomingReport } from '../../../shared/report.ts'
import type { LinkDetail } from '../../../shared/signal-details.ts'
import { Association, Stage } from './stage.ts'

test('an answer there, the first since, is no cause: it had never stopped answering', () => {
  const association = new Association().open()
  for (let tsn = 1; tsn <= 300; tsn++) {
    const [seconds, path] = [tsn / 20, tsn > 100 && tsn <= 200 ? 1 : 0]
    association.data(seconds, 0, path, tsn).sack(seconds + 0.01, 1, path, tsn)
    if (tsn === 130) association.heartbeat(6.52, 0, 0, 'idle').heartbeat(6.53, 1, 0, 'idle', true)
  }
  association.stage.finish()
  const found = association.stage.analyzer.rehomings().map((r) => [r.label, r.trigger.class, r.trigger.score])
  expect(found).toEqual([
    ['REHOMED', 'policy', 30],
    ['FAIL-BACK', 'policy', 30],
  ])
})

/** An association that leaves upA for upB at 5 s without need, beside this event of the link log. */
function movedWith(detail: LinkDetail): RehomingReport | undefined {
  const stage = new Stage({
    interfaces: [
      { id: 0, name: 'upA', addresses: [] },
      { id: 1, name: 'upB', addresses: [] },
    ],
    linkEvents: [{ time: 5e9, line: 1, detail }],
  })
  const association = new Association(stage).open()
  for (let tsn = 1; tsn <= 200; tsn++) {
    const [seconds, path] = [tsn / 20, tsn > 101 ? 1 : 0]
    association.data(seconds, 0, path, tsn).sack(seconds + 0.01, 1, path, tsn)
  }
  stage.finish()
  return stage.analyzer.rehomings()[0]
}

test('a route that the log shows by the new interface is what it went by; one by another, or of the other family, is not', () => {
  const moved = (route: string, interfaceName: string, nextHop: string): string | undefined => {
    const message = `route added: default via ${nextHop} dev ${interfaceName}`
    const detail = { message, what: 'route-added', interfaceName, subject: 'default', nextHop } as const
    const move = movedWith(detail)
    expect(move?.trigger.class, route).toBe('policy')
    return move?.headline
  }
  expect(moved('its own', 'upB', '198.51.100.1')).toContain('when a route by upB was added')
  expect(moved('of the old interface', 'upA', '192.0.2.1')).toContain("by the sender's choice")
  expect(moved('of the other family', 'upB', 'fe80::1')).toContain("by the sender's choice")
})

test('a route to the network of the peer that is removed is why it moved; one to elsewhere, or to the own link, is not', () => {
  const trigger = (subject: string): string | undefined => {
    const message = `route removed: ${subject} via 192.0.2.1 dev upA`
    const detail = { message, what: 'route-removed', interfaceName: 'upA', subject, nextHop: '192.0.2.1' } as const
    return movedWith(detail)?.trigger.class
  }
  // from 192.0.2.10 to 203.0.113.10
  expect(['default', '203.0.113.0/26', '203.0.112.0/24', '192.0.2.0/24'].map(trigger)).toEqual(['routing', 'routing', 'policy', 'policy'])
})

test('where only one direction is captured no heartbeat is known to be unanswered', () => {
  const candidates = (answers: boolean): string[] => {
    const association = new Association().open()
    const alone = new Association()
    const used = answers ? association : alone
    for (let tsn = 1; tsn <= 300; tsn++) {
      const [seconds, path] = [tsn < 101 ? tsn / 20 : tsn / 20 + 4, tsn > 100 ? 1 : 0]
      used.data(seconds, 0, path, tsn)
      if (answers) used.sack(seconds + 0.01, 1, path, tsn)
      if (tsn === 100) for (const n of [1, 2, 3]) used.heartbeat(seconds + n, 0, 0, `h${n}`)
    }
    used.stage.finish()
    return used.stage.analyzer.rehomings().flatMap((r) => (r.trigger.candidates ?? []).map((one) => one.class))
  }
  expect(candidates(true)).toContain('heartbeat')
  expect(candidates(false)).not.toContain('heartbeat')
})
