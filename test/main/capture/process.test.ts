/** A capture process that has ended goes when its host says so, and leaves the note alone: the host may have written it for the next one. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  type CaptureNote,
  type FromCapture,
  onLines,
  readNotes,
  removeNote,
  sendLine,
  socketPath,
  writeNote,
} from '../../../main/capture/control.ts'
import { CaptureProcess } from '../../../main/capture/process.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'
import { datagram } from './packets.ts'

const folder = mkdtempSync(join(tmpdir(), 'rehome-process-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a note that the host writes before its good-bye is heard stays', async () => {
  const source = join(folder, 'source.pcapng')
  const encoder = new PcapngEncoder()
  encoder.addInterface({ linkType: 1, name: 'wan0' })
  for (let i = 0; i < 3; i++) encoder.packet(0, BigInt(i), datagram(1, i), 60)
  writeFileSync(source, encoder.take())
  const spec = { interfaces: [source], filter: null, backend: 'follow', elevate: false, remote: null, remoteProgram: 'dumpcap' } as const
  const id = 'c0123456789abcdef'
  const gone = new Promise<number>((resolve) => {
    new CaptureProcess(
      folder,
      id,
      { ...spec, interfaces: [source], file: join(folder, 'out.pcapng'), temporary: true, ring: null },
      resolve,
    )
  })
  const socket = connect(socketPath(folder, id))
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let note: CaptureNote | null = null
  onLines<FromCapture>(socket, (message) => {
    if (message.kind === 'hello') {
      note = message.note
      sendLine(socket, { kind: 'start' })
    } else if (message.kind === 'started') sendLine(socket, { kind: 'stop' })
    else if (message.kind === 'order' && message.order.kind === 'finish')
      sendLine(socket, {
        kind: 'answer',
        answer: { kind: 'finished', sessions: 0, rehomings: 0, findings: { info: 0, low: 0, medium: 0, high: 0, critical: 0 }, packets: 0 },
      })
    else if (message.kind === 'ended') {
      // as a host does that ends with a capture which nobody saved
      removeNote(folder, id)
      writeNote(folder, { ...(note as CaptureNote), summary: message.summary })
      sendLine(socket, { kind: 'bye' })
    }
  })
  expect(await gone).toBe(0)
  socket.destroy()
  expect(readNotes(folder).map((one) => one.id)).toEqual([id])
  expect(readdirSync(folder)).not.toContain(`${id}.sock`)
})
