/** The exported picture of a plain session has its traffic: its contexts keep sums only, so that it comes from the index. */
import { expect, it } from 'vitest'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { sessionExport } from '../../../main/engine/queries/export-session.ts'
import { sessionSvg } from '../../../main/export/session-svg.ts'
import { shared } from '../../shared-material.ts'

it('bars of a connection that broke, and none for a table of many sessions', async () => {
  const capture = await openCapture([shared('testbed', 'recorded', 'plain-tcp-break.pcapng')])
  try {
    const found = Array.from({ length: capture.analyzer.sessionCount }, (_, number) => capture.analyzer.brief(number))
    const { id } = found.find(({ replacedBy }) => replacedBy !== null) ?? { id: '' }
    const { session } = sessionExport(capture, id, true)
    const [activity] = session.activity ?? []
    const sum = activity?.bytes.reduce((all, one) => all + one, 0)
    // what was sent again went over the wire again
    expect(sum).toBeGreaterThanOrEqual(session.pairs[0]?.payloadBytes ?? 0)
    expect(sum).toBeLessThanOrEqual(session.pairs[0]?.bytes ?? 0)
    expect((activity?.start ?? 0) + (activity?.binSeconds ?? 0) * (activity?.bytes.length ?? 0)).toBeGreaterThan(session.opened)
    expect(sessionSvg(sessionExport(capture, id, true))).toMatch(/full height [\d.]+ k?B/)
    expect(sessionSvg(sessionExport(capture, id, true))).not.toContain('full height 0 B')
    // a table needs no scan of the index for each of its lines
    expect(sessionExport(capture, id).session.activity ?? []).toEqual([])
  } finally {
    closeCapture(capture)
  }
})
