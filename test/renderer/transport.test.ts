/** Transports: the WebSocket's order, loss and return; a file sent in parts; the bridge's shape. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bridgeClient } from '../../renderer/transport/bridge.ts'
import { base64OfBlob, PART, uploadFile } from '../../renderer/transport/upload.ts'
import { pauseBefore, socketAddress, websocketClient } from '../../renderer/transport/websocket.ts'
import { memoryClient } from './memory-client.ts'

class FakeSocket {
  readyState = 0
  sent: { id: number; call: string; parameters: unknown }[] = []
  onopen: ((event: never) => void) | null = null
  onclose: ((event: never) => void) | null = null
  onmessage: ((event: never) => void) | null = null
  onerror: ((event: never) => void) | null = null
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close() {}
  open() {
    this.readyState = 1
    this.onopen?.(undefined as never)
  }
  lose() {
    this.readyState = 3
    this.onclose?.(undefined as never)
  }
  say(message: unknown) {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) } as never)
  }
}

describe('websocket', () => {
  let sockets: FakeSocket[]
  const connect = () =>
    websocketClient('ws://host/ws', () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket
    })
  beforeEach(() => {
    sockets = []
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('sends what waited, matches answers by id, hears events, ignores noise', async () => {
    const client = connect()
    const first = client.send('status', {})
    const second = client.send('packet', { frame: 7 })
    const heard: unknown[] = []
    const stop = client.on('progress', (status) => heard.push(status))
    const [socket] = sockets
    expect(socket!.sent).toEqual([])
    socket!.open()
    expect(socket!.sent).toEqual([
      { id: 1, call: 'status', parameters: {} },
      { id: 2, call: 'packet', parameters: { frame: 7 } },
    ])
    socket!.say('not json')
    socket!.say({ id: 99, ok: true, value: 'nobody asked' })
    socket!.say({ id: 2, ok: false, error: { code: 'not-found', message: 'm', hint: 'h' } })
    socket!.say({ id: 1, ok: true, value: { state: 'empty' } })
    socket!.say({ event: 'progress', value: 5 })
    stop()
    socket!.say({ event: 'progress', value: 6 })
    expect(await first).toEqual({ ok: true, value: { state: 'empty' } })
    expect(await second).toEqual({ ok: false, error: { code: 'not-found', message: 'm', hint: 'h' } })
    expect(heard).toEqual([5])
  })

  it('a loss fails what was under way, shows, and heals', async () => {
    const client = connect()
    const states: string[] = [client.connection.state()]
    client.connection.subscribe(() => states.push(client.connection.state()))
    sockets[0]!.open()
    const lost = client.send('status', {})
    sockets[0]!.lose()
    expect(await lost).toMatchObject({ ok: false, error: { code: 'internal' } })
    const waits = client.send('status', {})
    vi.advanceTimersByTime(pauseBefore(0))
    expect(sockets).toHaveLength(2)
    sockets[1]!.open()
    expect(sockets[1]!.sent).toHaveLength(1)
    sockets[1]!.say({ id: 2, ok: true, value: 1 })
    expect(await waits).toEqual({ ok: true, value: 1 })
    expect(states).toEqual(['connecting', 'open', 'lost', 'open'])
  })

  it('does not wait for ever', async () => {
    const client = connect()
    const call = client.send('status', {})
    vi.advanceTimersByTime(10_000)
    expect(await call).toMatchObject({ ok: false, error: { hint: expect.stringContaining('reconnects') } })
    expect([0, 1, 3, 9, 60].map(pauseBefore)).toEqual([250, 500, 2000, 5000, 5000])
    expect([socketAddress({ protocol: 'http:', host: '127.0.0.1:8080' }), socketAddress({ protocol: 'https:', host: 'h' })]).toEqual([
      'ws://127.0.0.1:8080/ws',
      'wss://h/ws',
    ])
  })
})

describe('upload', () => {
  const file = (size: number) => {
    const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 31) & 0xff)
    return { name: 'x.pcap', size, bytes, slice: (from: number, to: number) => new Blob([bytes.subarray(from, to)]) }
  }

  it.each([0, 1, PART, PART + 1, 2 * PART + 5])('%i bytes arrive whole, in parts below a megabyte', async (size) => {
    const client = memoryClient({ start: 'empty', delay: 0, packets: 100 })
    const source = file(size)
    const seen: number[] = []
    const result = await uploadFile(
      client,
      source,
      (sent) => seen.push(sent),
      () => false,
    )
    const parts = client.calls.map(({ parameters }) => parameters as { id: string; offset: number; base64: string; last: boolean })
    expect(result.ok).toBe(true)
    expect(new Set(parts.map((part) => part.id)).size).toBe(1)
    expect(parts.map((part) => part.last)).toEqual(parts.map((_, at) => at === parts.length - 1))
    expect(Math.max(...parts.map((part) => part.base64.length))).toBeLessThanOrEqual(1_400_000)
    expect(Buffer.concat(parts.map((part) => Buffer.from(part.base64, 'base64'))).equals(source.bytes)).toBe(true)
    expect(seen.at(-1)).toBe(size)
  })

  it('stops when told, and says where a file could not be read', async () => {
    const client = memoryClient({ start: 'empty', delay: 0, packets: 100 })
    let sent = 0
    const stopped = await uploadFile(
      client,
      file(3 * PART),
      (bytes) => (sent = bytes),
      () => sent > 0,
    )
    expect([stopped, client.calls.map((entry) => entry.call)]).toMatchObject([
      { ok: false, error: { code: 'cancelled' } },
      ['upload', 'cancel'],
    ])
    const broken = { name: 'gone', size: 10, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }) as unknown as Blob }
    expect(
      await uploadFile(
        client,
        broken,
        () => {},
        () => false,
      ),
    ).toMatchObject({ ok: false, error: { code: 'unreadable', message: expect.stringContaining('byte 0') } })
    expect(await base64OfBlob(new Blob(['Man']))).toBe('TWFu')
  })
})

it('the bridge offers only what its host offers', () => {
  const bare = bridgeClient({ send: () => Promise.reject(new Error('unused')), on: () => () => {} })
  expect([bare.platform, bare.openDialog, bare.pathForFile, bare.connection.state()]).toEqual(['unknown', undefined, undefined, 'open'])
})
