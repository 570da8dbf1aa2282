/** MPTCP connections captured at both of their ends: the same connections and the same moves, each dated by its end's own clock. */
import { expect, test } from 'vitest'
import { closeCapture } from '../../../main/engine/open.ts'
import { openForCommand } from '../../../main/hosts/cli/verbs/opening.ts'
import type { Report } from '../../../shared/report.ts'
import { shared } from '../../shared-material.ts'

async function reportOf(name: string): Promise<Report> {
  const { capture } = await openForCommand([shared('captures', 'mptcp', name)], {})
  const report = capture.analyzer.report([], '')
  closeCapture(capture)
  return report
}

/** What both ends must agree on; addresses that only one of them saw tried and refused left out. */
function connections(report: Report): object[] {
  return report.sessions.map((s) => ({
    protocol: s.protocol,
    state: s.state,
    identifiers: s.endpoints.map((e) => e.identifiers),
    locators: s.endpoints.map((e) => e.locators.map((l) => l.address).sort()),
    carried: [
      ...new Set(
        s.pairs.filter((p) => p.payloadBytes > 0).map((p) => `${p.initiator}:${p.initiatorPort} ${p.responder}:${p.responderPort}`),
      ),
    ].sort(),
    moves: report.rehomings
      .filter((r) => r.session === s.id)
      .map((r) => ({
        direction: r.direction,
        from: `${r.from.initiator} ${r.from.responder}`,
        to: `${r.to.initiator} ${r.to.responder}`,
        label: r.label,
        moved: r.moved,
        trigger: r.trigger.class,
        signalled: r.signalled,
      })),
  }))
}

test('both captures show the same connections and the same moves', async () => {
  const client = await reportOf('teto-client_2.pcap')
  const server = await reportOf('teto-server_2.pcap')
  expect(connections(server)).toEqual(connections(client))
  expect(client.sessions.map((s) => s.protocol)).toEqual(['mptcp', 'mptcp', 'mptcp', 'mptcp'])
  expect(client.rehomings).toHaveLength(2)
  // One clock runs up to a second beside the other; between two moves both count the same time, give or take the ways the packets took.
  const apart = (r: Report): number => (r.rehomings[1]?.t ?? 0) - (r.rehomings[0]?.t ?? 0)
  expect(Math.abs(apart(client) - apart(server))).toBeLessThan(0.5)
})
