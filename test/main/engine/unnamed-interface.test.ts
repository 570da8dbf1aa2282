/** What was captured from a pipe has no interface that anybody knows by name. */
import { expect, test } from 'vitest'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { captureReports } from '../../../main/engine/queries/capture-facts.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'
import { inFile } from '../files/read-all.ts'

const RAW_IP = 101

function capture(name: string): Uint8Array {
  const encoder = new PcapngEncoder()
  encoder.addInterface({ linkType: RAW_IP, name })
  const ends = { source: '192.0.2.1', destination: '203.0.113.1', sourcePort: 40000, destinationPort: 7000 }
  const bytes = emitUdpPacket(Uint8Array.of(1), ends)
  encoder.packet(0, 0n, bytes, bytes.length)
  return encoder.take()
}

test.each([
  ['upA', 'upA'],
  ['-', null],
])('%s is shown as %s', async (name, shown) => {
  await inFile(capture(name), async (path) => {
    const opened = await openCapture([path])
    closeCapture(opened)
    expect(opened.analyzer.report([], '0').sessions[0]?.pairs[0]?.interface).toBe(shown)
    expect(captureReports(opened)[0]?.interfaces[0]?.name).toBe(shown)
    // The field is the file's, as in Wireshark.
    expect(opened.state.interfaces[0]?.name).toBe(name)
  })
})
