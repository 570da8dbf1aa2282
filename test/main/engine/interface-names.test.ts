/** Interfaces go by the names that people know them by: what was captured from a pipe has none, and Windows shows another one than files have. */
import { expect, test } from 'vitest'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { IndexColumns } from '../../../main/engine/index-columns.ts'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { captureReports } from '../../../main/engine/queries/capture-facts.ts'
import { packetRow } from '../../../main/engine/queries/rows.ts'
import { Redissector } from '../../../main/engine/redissect.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'
import { inFile } from '../files/read-all.ts'

const RAW_IP = 101

const DEVICE = '\\Device\\NPF_{57D38C3E-A2C5-4712-98E9-984D3A1C59B8}'

function capture(name: string, description: string | null): Uint8Array {
  const encoder = new PcapngEncoder()
  encoder.addInterface({ linkType: RAW_IP, name, description })
  const ends = { source: '192.0.2.1', destination: '203.0.113.1', sourcePort: 40000, destinationPort: 7000 }
  const bytes = emitUdpPacket(Uint8Array.of(1), ends)
  encoder.packet(0, 0n, bytes, bytes.length)
  return encoder.take()
}

test.each([
  ['upA', 'the first uplink', 'upA'],
  ['-', null, null],
  [DEVICE, 'Wi-Fi', 'Wi-Fi'],
  [DEVICE, null, 'NPF_{57D38C3E-A2C5-4712-98E9-984D3A1C59B8}'],
  ['Unknown/not available in original file format(libpcap)', null, null],
  ['unknown', null, null],
  ['unknown0', null, 'unknown0'],
])('%s (%s) is shown as %s', async (name, description, shown) => {
  await inFile(capture(name, description), async (path) => {
    const opened = await openCapture([path])
    const row = packetRow(opened, new Redissector(opened), new IndexColumns(opened), 0, 0)
    expect([row.interface, row.device]).toEqual([shown ?? '', name === shown ? undefined : name])
    closeCapture(opened)
    expect(opened.analyzer.report([], '0').sessions[0]?.pairs[0]?.interface).toBe(shown)
    expect(captureReports(opened)[0]?.interfaces[0]?.name).toBe(shown)
    // The field is the file's, as in Wireshark.
    expect(opened.state.interfaces[0]?.name).toBe(name)
  })
})
