/**
 * The order of the list, what a search looks through and what is kept of a finished capture: the same as made anew from briefs and reports.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Capture, closeCapture, openCapture } from '../../../main/engine/open.ts'
import { findingsBySession, hostReports, sessionReport } from '../../../main/engine/queries/kept-answers.ts'
import { SessionOrder, sessionList } from '../../../main/engine/queries/sessions.ts'
import { shared } from '../../shared-material.ts'

describe.each(['mptcp-attacks', 'sctp-failover', 'plain-tcp-break', 'quic-migration', 'ingress-mismatch'])('%s', (name) => {
  let capture: Capture
  beforeAll(async () => {
    capture = await openCapture([shared('testbed', 'recorded', `${name}.pcapng`)])
  })
  afterAll(() => closeCapture(capture))

  it('ranks every session as its brief does', () => {
    const { analyzer } = capture
    const numbers = Array.from({ length: analyzer.sessionCount }, (_, number) => number)
    expect(numbers.map((number) => analyzer.rank(number))).toEqual(
      numbers.map((number) => {
        const { gone, badness, opened } = analyzer.brief(number)
        return { gone: gone !== undefined, badness, opened }
      }),
    )
  })

  it('is in the end what it would be if nobody had looked at it while the capture was read', async () => {
    const path = shared('testbed', 'recorded', `${name}.pcapng`)
    const looks: number[] = []
    let order: SessionOrder | null = null
    const again = await openCapture([path], {
      onBegin: (growing) => {
        const own = new SessionOrder(growing)
        order = own
        const look = (): void => {
          if (growing.settled) return
          looks.push(sessionList(growing, own, { offset: 0, limit: 500, grouped: true }).total)
          setImmediate(look)
        }
        look()
      },
    })
    expect(looks.length).toBeGreaterThan(1)
    const all = { offset: 0, limit: 500, grouped: true }
    expect(sessionList(again, order as unknown as SessionOrder, all)).toEqual(sessionList(capture, new SessionOrder(capture), all))
    closeCapture(again)
  })

  it('finds the same sessions when it searches again, and those alone that say so', () => {
    const order = new SessionOrder(capture)
    const { sessions } = sessionList(capture, order, { offset: 0, limit: 500 })
    const word = sessions[0]?.initiatorLocators[0] ?? ''
    const search = (text: string) => sessionList(capture, order, { offset: 0, limit: 500, text }).sessions.map(({ id }) => id)
    const found = search(word)
    expect(found).toEqual(sessions.filter((one) => JSON.stringify(one).includes(word)).map(({ id }) => id))
    expect(found.length).toBeGreaterThan(0)
    expect(search(word)).toEqual(found)
    expect(search(`${word}: not there`)).toEqual([])
  })

  it('keeps reports as they are made, for a few sessions at a time', () => {
    const ids = Array.from({ length: Math.min(8, capture.analyzer.sessionCount) }, (_, number) => `s${number + 1}`)
    for (const id of [...ids, ...ids]) expect(sessionReport(capture, id)).toEqual(capture.analyzer.session(id))
    expect(sessionReport(capture, 's0')).toBeNull()
    const [first] = ids.filter((id) => sessionReport(capture, id) !== null)
    expect(sessionReport(capture, first as string)).toBe(sessionReport(capture, first as string))
  })

  it('keeps the hosts as they are made', () => {
    expect(hostReports(capture)).toEqual(capture.analyzer.hosts())
    expect(hostReports(capture)).toBe(hostReports(capture))
  })

  it('counts the findings of each session', () => {
    const own = capture.analyzer.findings().filter(({ session }) => session !== null)
    expect([...findingsBySession(capture).values()].reduce((sum, { count }) => sum + count, 0)).toBe(own.length)
    for (const [id, { count }] of findingsBySession(capture)) expect(count).toBe(own.filter(({ session }) => session === id).length)
  })
})

it('connections that a provider rejected stand before those that work', async () => {
  const capture = await openCapture([shared('testbed', 'recorded', 'ingress-mismatch.pcapng')])
  const { sessions } = sessionList(capture, new SessionOrder(capture), { offset: 0, limit: 3 })
  expect(sessions.map(({ state, headline }) => [state, /^Never came up/.test(headline)]).slice(0, 2)).toEqual([
    ['opening', true],
    ['opening', true],
  ])
  closeCapture(capture)
})
