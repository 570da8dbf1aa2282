/** The session list: sessions that travel inside another stand below it when that is asked for, whatever else is searched. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Capture, closeCapture, openCapture } from '../../../main/engine/open.ts'
import { SessionOrder, sessionList } from '../../../main/engine/queries/sessions.ts'
import { sessionTable } from '../../../main/hosts/cli/pages/tables.ts'
import { shared } from '../../shared-material.ts'

const plain = (text: string): string => text
const paint = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain }

let capture: Capture
beforeAll(async () => {
  capture = await openCapture([shared('testbed', 'recorded', 'synthetic-lisp.pcapng')])
})
afterAll(() => closeCapture(capture))

const list = (parameters: { grouped?: boolean; text?: string; offset?: number; limit?: number }): string =>
  sessionList(capture, new SessionOrder(capture), { offset: 0, limit: 500, ...parameters })
    .sessions.map(({ id, depth }) => `${id}${depth === undefined ? '' : `.${depth}`}`)
    .join(' ')

it('in the engine', () => {
  expect(list({})).toBe('s1 s2 s3')
  expect(list({ grouped: true })).toBe('s1 s2.1 s3.1')
  expect(list({ grouped: true, offset: 1, limit: 1 })).toBe('s2.1')
  expect(list({ grouped: true, text: 'udp' })).toBe('s2 s3')
})

it('on the command line', () => {
  const table = sessionTable(capture.analyzer.report([], '0'), paint, 0)
  expect(table.split('\n').map((line) => /^ *\w*/.exec(line)?.[0])).toEqual(['ID', 's1', '  s2', '  s3', ''])
})
