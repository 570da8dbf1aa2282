/** Saving packets over a client in memory: which ones are asked for, how far it is, what is handed out, and how it ends early. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { setClient } from '../../renderer/state/engine.ts'
import { resetPackets, usePackets } from '../../renderer/state/packet-store.ts'
import { look, parametersOf, resetSaving, save, selectedFrames, stopSaving, useSave, type Wish } from '../../renderer/state/save-store.ts'
import { resetSession, useSession } from '../../renderer/state/session-store.ts'
import { type MemoryClient, memoryClient } from './memory-client.ts'

const WISH: Wish = { which: 'all', frames: '', format: 'pcapng', remarks: false, secrets: false }
let client: MemoryClient
let handed: { name: string; blob: Blob }[]

beforeEach(() => {
  client = memoryClient({ packets: 1000, delay: 0 })
  setClient(client)
  handed = []
  const link = { href: '', download: '', click: () => handed.push({ name: link.download, blob: made! }) }
  let made: Blob | null = null
  vi.stubGlobal('document', { createElement: () => link })
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    made = blob as Blob
    return 'blob:x'
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  resetPackets()
  resetSession()
  resetSaving()
})

it('asks for what is wished, and nothing else', () => {
  usePackets.setState({ filterId: 'f3', anchor: 20, frame: 12 })
  useSession.setState({ id: 's4' })
  const plain = { format: 'pcapng', remarks: false, secrets: false }
  expect(selectedFrames()).toEqual([12, 20])
  expect(parametersOf(WISH)).toEqual({ ...plain, filter: null })
  expect(parametersOf({ ...WISH, which: 'displayed', remarks: true })).toEqual({ ...plain, remarks: true, filter: 'f3' })
  expect(parametersOf({ ...WISH, which: 'selected' })).toEqual({ ...plain, filter: 'f3', frames: '12-20' })
  expect(parametersOf({ ...WISH, which: 'session' })).toEqual({ ...plain, filter: null, session: 's4' })
  expect(parametersOf({ ...WISH, which: 'frames', frames: '1-9' })).toEqual({ ...plain, filter: null, frames: '1-9' })
  expect(parametersOf({ ...WISH, format: 'pcap', secrets: true })).toEqual({ format: 'pcap', filter: null })
  usePackets.setState({ anchor: 12 })
  expect(selectedFrames()).toBeNull()
})

it('says how many it would be, and what is wrong', async () => {
  await look(WISH)
  expect(useSave.getState().found).toMatchObject({ packets: 1000, fileName: 'two-uplinks.pcapng' })
  await look({ ...WISH, which: 'frames', frames: 'bad' })
  expect(useSave.getState()).toMatchObject({ found: null, problem: { code: 'bad-request' } })
  await look({ ...WISH, which: 'frames', frames: ' ' })
  expect(useSave.getState()).toMatchObject({ found: null, problem: null })
})

it('gathers the pieces and hands them out as one file', async () => {
  await save(WISH)
  expect(handed.map(({ name }) => name)).toEqual(['two-uplinks.pcapng'])
  expect(await handed[0]!.blob.text()).toBe('piece '.repeat(10))
  expect(useSave.getState()).toMatchObject({ progress: null, done: '1,000 packets saved as two-uplinks.pcapng.' })
})

it('goes to the path that a person chose, which may be replaced, or not at all', async () => {
  let path: string | null = '/tmp/mine.pcapng'
  setClient({ ...client, saveDialog: async () => path })
  await save(WISH)
  expect(client.calls.find(({ call }) => call === 'saveBegin')?.parameters).toMatchObject({ path: '/tmp/mine.pcapng', replace: true })
  expect([handed, useSave.getState().done]).toEqual([[], '1,000 packets saved to /tmp/mine.pcapng.'])
  path = null
  client.calls.length = 0
  await save(WISH)
  expect(client.calls).toEqual([])
})

it('is stopped, and the engine hears it', async () => {
  const off = useSave.subscribe(({ progress }) => {
    if ((progress?.written ?? 0) > 0) stopSaving()
  })
  await save(WISH)
  off()
  expect(client.calls.at(-1)?.call).toBe('saveCancel')
  expect([handed, useSave.getState()]).toEqual([[], expect.objectContaining({ progress: null, done: 'Stopped: nothing was saved.' })])
})
