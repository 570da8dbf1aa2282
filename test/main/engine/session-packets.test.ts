/**
 * Which packets a session has is asked in four places: its report's paths, the list of sessions, the filter `mh.session`, and what is saved of
 * it. What travels inside a session counts with its innermost flow; the session around it has these packets all the same.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { exportedPackets, rowsOf, writtenInterfaces } from '../../../main/engine/queries/packets-of.ts'
import { SessionOrder, sessionList } from '../../../main/engine/queries/sessions.ts'
import { timelineSlice } from '../../../main/engine/queries/timeline.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'
import { shared } from '../../shared-material.ts'

const CARRIERS = ['synthetic-shim6', 'synthetic-ilnp', 'synthetic-mipv6', 'synthetic-nemo', 'synthetic-lisp', 'synthetic-hip', 'mobike']

const open = (name: string) => openCapture([shared('testbed', 'recorded', `${name}.pcapng`)])

describe.each([...CARRIERS, 'mptcp-failover', 'sctp-failover', 'quic-migration'])('%s', (name) => {
  it('report, list, filter and export have the same packets of every session', async () => {
    const capture = await open(name)
    const { index, analyzer } = capture
    const { sessions } = sessionList(capture, new SessionOrder(capture), { offset: 0, limit: 500 })
    const filtered = new Map<number, number>()
    for (let row = 0; row < index.rows; row++)
      if (index.flow(row) >= 0)
        for (const number of analyzer.sessionsOfPacket(index.flow(row), index.direction(row), index.time(row), index.rowFlags(row)))
          filtered.set(number, (filtered.get(number) ?? 0) + 1)
    const told = sessions.map(({ id, packets }) => {
      const number = Number(id.slice(1)) - 1
      return [id, packets, filtered.get(number), rowsOf(capture, analyzer.brief(number), null).length]
    })
    const expected = sessions.map(({ id }) => {
      const many = analyzer.session(id)?.pairs.reduce((sum, pair) => sum + pair.packets, 0)
      return [id, many, many, many]
    })
    expect(told).toEqual(expected)
    expect(told.length).toBeGreaterThan(0)
    closeCapture(capture)
  })
})

describe.each(CARRIERS)('%s', (name) => {
  it('the lane of each path shows the data that it carried, each way', async () => {
    const capture = await open(name)
    for (const { id, pairs } of capture.analyzer.report([], '0').sessions) {
      const { lanes } = timelineSlice(capture, id, 0, 4e9, 64)
      const sum = (list: number[]): number => list.reduce((all, one) => all + one, 0)
      const shown = lanes.map(({ initiator, responder, toResponder, toInitiator }) => [
        initiator,
        responder,
        sum(toResponder) + sum(toInitiator),
      ])
      const carried = new Map<string, number>()
      for (const { initiator, responder, payloadBytes = 0 } of pairs) {
        const key = `${initiator} ${responder}`
        carried.set(key, (carried.get(key) ?? 0) + payloadBytes)
      }
      expect([id, shown.map(([from, to]) => [from, to, carried.get(`${from} ${to}`)])]).toEqual([id, shown])
      // both directions of what is carried are told apart
      expect(lanes.filter(({ toResponder }) => sum(toResponder) % 1 !== 0)).toEqual([])
    }
    closeCapture(capture)
  })
})

it('a router that is captured before and behind its tunnel: what has no tunnel around it is not in the tunnel', async () => {
  const capture = await open('synthetic-nemo')
  const encoder = new PcapngEncoder()
  for (const one of writtenInterfaces(capture)) encoder.addInterface(one)
  const lan = encoder.addInterface({ linkType: 1, name: 'lan' })
  const all = Uint32Array.from({ length: capture.index.rows }, (_, row) => row)
  let plain = 0
  for (const { interface: iface, epochNanoseconds: time, bytes, wire } of exportedPackets(capture, all)) {
    // IPv6 in IPv6, as it was on the router's other side: 40 bytes less, and from another station
    if (bytes[20] === 41) {
      const inner = Uint8Array.from([...bytes.subarray(0, 14), ...bytes.subarray(54)])
      inner.set([2, 0, 0, 0, 9, plain % 2], 6)
      encoder.packet(lan, time - 50_000n, inner, inner.length)
      plain++
    }
    encoder.packet(iface, time, bytes, wire)
  }
  const nemo = capture.analyzer.report([], '0').sessions.find(({ protocol }) => protocol === 'nemo')
  const folder = mkdtempSync(join(tmpdir(), 'rehome-tunnel-'))
  const path = join(folder, 'both.pcapng')
  writeFileSync(path, encoder.take())
  const both = await openCapture([path])
  const same = both.analyzer.report([], '0').sessions.find(({ protocol }) => protocol === 'nemo')
  const bytes = (of: typeof both, id = ''): number[] =>
    timelineSlice(of, id, 0, 4e9, 64).lanes.map(({ toResponder, toInitiator }) =>
      [...toResponder, ...toInitiator].reduce((a, b) => a + b, 0),
    )
  expect(plain).toBeGreaterThan(50)
  expect(both.index.rows).toBe(capture.index.rows + plain)
  expect(bytes(both, same?.id)).toEqual(bytes(capture, nemo?.id))
  const saved = (of: typeof both, id = ''): number => rowsOf(of, of.analyzer.brief(Number(id.slice(1)) - 1), null).length
  expect(saved(both, same?.id)).toBe(saved(capture, nemo?.id))
  closeCapture(both)
  closeCapture(capture)
  rmSync(folder, { recursive: true })
})
