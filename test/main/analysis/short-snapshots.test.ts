/**
 * Captures that hold the beginning of each packet only: what was cut off is not known, and must not pass for what was never said. Recordings,
 * cut again at several lengths, may lose findings and moves but win none of weight.
 */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { closeCapture } from '../../../main/engine/open.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'
import { openForCommand } from '../../../main/hosts/cli/verbs/opening.ts'
import type { Report } from '../../../shared/report.ts'
import { shared } from '../../shared-material.ts'
import { inFile, readPath } from '../files/read-all.ts'

const LENGTHS = [80, 96, 112, 128, 160, 224]
const WEIGHTY = ['medium', 'high', 'critical']

async function reportOf(path: string): Promise<Report> {
  const { capture } = await openForCommand([path], {})
  const report = capture.analyzer.report([], '')
  closeCapture(capture)
  return report
}

async function cutReport(path: string, length: number): Promise<Report> {
  const { packets, facts } = await readPath(path)
  const encoder = new PcapngEncoder()
  for (const { linkType, name } of facts.interfaces) encoder.addInterface({ linkType, snaplen: length, ...(name === null ? {} : { name }) })
  for (const packet of packets)
    encoder.packet(packet.interface, facts.baseNanoseconds + BigInt(packet.time), packet.data.subarray(0, length), packet.wire)
  return inFile(encoder.take(), reportOf)
}

const weighty = ({ findings }: Report): string[] =>
  findings.filter(({ severity }) => WEIGHTY.includes(severity)).map(({ rule, title }) => `${rule}: ${title}`)
const folder = shared('testbed', 'recorded')
const names = readdirSync(folder).filter((name) => name.endsWith('.pcapng'))

describe.each(names)('%s', (name) => {
  test(`cut at ${LENGTHS.join(', ')} bytes`, async () => {
    const path = shared('testbed', 'recorded', name)
    const whole = await reportOf(path)
    const rules = new Set(weighty(whole).map((line) => line.split(':')[0]))
    for (const length of LENGTHS) {
      const cut = await cutReport(path, length)
      expect([length, weighty(cut).filter((line) => !rules.has(line.split(':')[0]))]).toEqual([length, []])
      expect([length, cut.rehomings.length]).toEqual([length, Math.min(cut.rehomings.length, whole.rehomings.length)])
    }
  })
})

test.each([
  [
    'sctp-failover',
    96,
    '4 SCTP messages end where the capture cut them (first: frame 9): what they say behind that is not known (capture whole packets)',
  ],
  ['mptcp-failover', 60, '1593 TCP segments end in their headers where the capture cut them (first: frame 11)'],
  ['mobike', 256, '2 IKE messages end where the capture cut them (first: frame 7)'],
  ['synthetic-mipv6', 60, '14 Mobile IPv6 messages end'],
  ['synthetic-mipv6', 80, '18 Mobile IPv6 messages end'],
  ['synthetic-lisp', 112, '22 LISP messages end'],
  ['synthetic-hip', 112, '16 HIP messages end'],
  ['synthetic-ilnp', 80, 'ILNP locator updates end'],
  ['synthetic-shim6', 96, 'Shim6 messages end'],
  ['quic-migration', 256, '5 QUIC handshake packets end'],
])('%s cut at %i bytes says what was not read', async (name, length, line) => {
  const path = shared('testbed', 'recorded', `${name}.pcapng`)
  const cut = ({ limits }: Report): string => limits.notObservable.filter((one) => one.includes('where the capture cut')).join('; ')
  expect(cut(await cutReport(path, length))).toContain(line)
  expect(cut(await reportOf(path))).toBe('')
})
