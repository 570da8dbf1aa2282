/**
 * The live calls of the contract, the same over every transport: in process, worker thread, WebSocket of the browser host. (Electron's bridge
 * is under test with the screens, test/e2e.) Packets come from a file that grows, so that nothing here needs privileges. And what outlives
 * what: the engine, the host and the capture process are killed while a capture runs.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { WebSocket as Socket } from 'ws'
import { startEngine, workerEntry } from '../../main/engine/client.ts'
import { inProcessEngine } from '../../main/engine/in-process.ts'
import { PcapngEncoder } from '../../main/files/writer.ts'
import { serve } from '../../main/hosts/browser/serve.ts'
import { build } from '../../scripts/build.mjs'
import type { Answers, CallName, EngineClient, EventName, Events, Parameters_, Status } from '../../shared/contract.ts'
import type { LiveFeedEntry, LiveStatus } from '../../shared/live.ts'
import { datagram } from '../main/capture/packets.ts'

const { WebSocket } = createRequire(import.meta.url)('ws') as { WebSocket: typeof Socket }
const PATIENT = { timeout: 15_000, interval: 50 }

const folder = mkdtempSync(join(tmpdir(), 'rehome-live-contract-'))
const notes = join(folder, 'notes')
beforeAll(async () => {
  process.env.REHOME_RUNTIME = notes
  await build({ quiet: true })
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Client = EngineClient & { close(): Promise<void>; adopt?(): Promise<void> }

let number = 0

/** A capture that grows by `more`: packets of ever new flows, a tenth of a second apart. */
class Growing {
  readonly path = join(folder, `growing-${++number}.pcapng`)
  packets = 0
  private readonly encoder = new PcapngEncoder()
  constructor() {
    this.encoder.addInterface({ linkType: 1, name: 'wan0' })
    writeFileSync(this.path, this.encoder.take())
  }
  more(packets: number): void {
    for (let i = 0; i < packets; i++, this.packets++)
      this.encoder.packet(
        0,
        1_700_000_000_000_000_000n + BigInt(this.packets) * 100_000_000n,
        datagram(1 + (this.packets % 200), i % 250),
        60,
      )
    appendFileSync(this.path, this.encoder.take())
  }
}

async function value<K extends CallName>(client: EngineClient, call: K, parameters: Parameters_<K>): Promise<Answers[K]> {
  const result = await client.send(call, parameters)
  if (!result.ok) throw new Error(`${call}: ${result.error.message}`)
  return result.value
}

const packetsOf = async (client: EngineClient): Promise<number> => (await value(client, 'status', {})).packets

/** The contract over the browser host's socket, as the screens speak it. */
async function overSocket(url: string, close: () => Promise<void>): Promise<Client> {
  const first = await fetch(url, { redirect: 'manual' })
  const cookie = (first.headers.get('set-cookie') ?? '').split(';')[0] as string
  const { origin } = new URL(url)
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, { headers: { cookie, origin } })
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
  const waiting = new Map<number, (answer: never) => void>()
  const listeners = new Map<EventName, ((value: never) => void)[]>()
  let calls = 0
  socket.on('message', (data) => {
    const message = JSON.parse(String(data))
    if (message.event !== undefined) for (const listener of listeners.get(message.event) ?? []) listener(message.value as never)
    else waiting.get(message.id)?.(message as never)
  })
  return {
    send: (call, parameters) =>
      new Promise((resolve) => {
        waiting.set(++calls, resolve as never)
        socket.send(JSON.stringify({ id: calls, call, parameters }))
      }),
    on<E extends EventName>(event: E, listener: (value: Events[E]) => void) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener as never])
      return () => {}
    },
    async close() {
      socket.terminate()
      await close()
    },
  }
}

async function socketClient(): Promise<Client> {
  const served = await serve({})
  return overSocket(served.url, () => served.close())
}

describe.each([
  ['in process', async (): Promise<Client> => inProcessEngine(notes)],
  ['worker thread', async (): Promise<Client> => startEngine(workerEntry(), notes)],
  ['WebSocket', socketClient],
])('live calls, %s', (_name, make) => {
  let client: Client
  beforeAll(async () => {
    client = await make()
  })
  afterAll(() => client.close())

  it('tells what there is to capture with and on', async () => {
    const { sources } = await value(client, 'liveSources', {})
    expect(sources.map(({ backend }) => backend)).toEqual(['dumpcap', 'tcpdump', 'cap', 'ssh', 'follow'])
    for (const source of sources) expect(source.words).toMatch(/\S{3}/)
    expect(sources.filter(({ best, available }) => best && !available)).toEqual([])
    const { interfaces, t } = await value(client, 'liveInterfaces', {})
    expect(Math.abs(Date.now() / 1000 - t)).toBeLessThan(5)
    expect(interfaces.find(({ loopback }) => loopback)?.addresses.join(' ')).toMatch(/127\.0\.0\.1/)
  })

  it('refuses what makes no sense, in words', async () => {
    const table: [CallName, unknown, string, RegExp][] = [
      ['liveStart', { interfaces: [] }, 'bad-request', /interfaces/],
      ['liveStart', { interfaces: ['x'], backend: 'synthetic' }, 'bad-request', /backend/],
      ['liveStart', { interfaces: ['x'], ring: { files: 2, other: 1 } }, 'bad-request', /ring/],
      ['liveStart', { interfaces: [join(folder, 'none.pcapng')], backend: 'follow' }, 'not-found', /none\.pcapng.*no such file/],
      ['liveStart', { interfaces: ['x'], backend: 'follow', ring: { files: 2 } }, 'bad-request', /when the next one begins/],
      ['liveStart', { interfaces: ['eth0'], backend: 'ssh' }, 'unreadable', /no host/],
      ['liveSave', { path: '/x' }, 'not-found', /nothing to be saved/],
      ['liveFeed', { after: -1 }, 'bad-request', /after/],
    ]
    for (const [call, parameters, code, message] of table)
      expect(await client.send(call, parameters as never), call).toMatchObject({
        ok: false,
        error: { code, message: expect.stringMatching(message), hint: expect.stringMatching(/\S/) },
      })
    expect(await value(client, 'liveCheck', { filter: 'anything', backend: 'follow' })).toMatchObject({ checked: false })
  })

  it('captures, grows in place, stops, is saved, starts again', async () => {
    const growing = new Growing()
    const seen: LiveStatus['state'][] = []
    const fed: LiveFeedEntry[] = []
    const states: Status['state'][] = []
    let points = 0
    client.on('live', ({ state }) => seen.at(-1) !== state && seen.push(state))
    client.on('liveEvent', (entry) => fed.push(entry))
    client.on('livePoint', () => points++)
    client.on('progress', ({ state }) => states.push(state))
    growing.more(120)
    const started = await value(client, 'liveStart', { interfaces: [growing.path], backend: 'follow' })
    expect(started).toMatchObject({ state: 'running', backend: 'follow', clock: 'file', temporary: true, filter: null })
    expect(await client.send('open', { path: growing.path })).toMatchObject({ ok: false, error: { code: 'busy' } })
    expect(await client.send('liveStart', { interfaces: [growing.path], backend: 'follow' })).toMatchObject({
      ok: false,
      error: { code: 'busy' },
    })

    await expect.poll(() => packetsOf(client), PATIENT).toBe(120)
    expect(await value(client, 'status', {})).toMatchObject({ state: 'live', name: expect.stringMatching(/^capture-\d{14}\.pcapng$/) })
    const { sessions } = await value(client, 'sessions', {})
    expect(sessions).toHaveLength(120)
    growing.more(80)
    await expect.poll(() => packetsOf(client), PATIENT).toBe(200)
    expect((await value(client, 'sessions', {})).total).toBe(200)
    const { rows, total } = await value(client, 'rows', { from: 150, count: 10 })
    expect([total, rows[0]?.frame, rows[0]?.protocol]).toEqual([200, 151, 'UDP'])
    expect((await value(client, 'packet', { frame: 200 })).tree.map((node) => node.name)).toContain('udp')
    const before = await value(client, 'filter', { text: 'frame.number > 100' })
    growing.more(10)
    await expect.poll(() => packetsOf(client), PATIENT).toBe(210)
    expect((await value(client, 'filter', { text: 'frame.number > 100' })).count).toBe(before.count + 10)
    await expect.poll(() => points, PATIENT).toBeGreaterThan(1)
    expect((await value(client, 'liveRates', {})).points.length).toBeGreaterThan(1)
    const { counts } = await value(client, 'liveStatus', {})
    expect(counts).toMatchObject({
      late: 0,
      reorder: { milliseconds: 300 },
      lanes: [{ state: 'running', drops: { kernel: 'unknown', app: 0 } }],
    })

    const stopped = await value(client, 'liveStop', {})
    expect(stopped).toMatchObject({ state: 'stopped', stopReason: 'asked', problem: null, counts: { packets: 210 } })
    expect(await value(client, 'status', {})).toMatchObject({ state: 'ready', packets: 210, sessions: 200 })
    expect(seen).toEqual(['starting', 'running', 'stopping', 'stopped'])
    expect(states).toContain('live')
    const feed = (await value(client, 'liveFeed', {})).events
    expect(feed.map((entry) => entry.number)).toEqual(feed.map((_, at) => at + 1))
    expect(feed.filter(({ type }) => type === 'session-opened')).toHaveLength(200)
    expect(fed.map((entry) => entry.number)).toEqual(feed.map((entry) => entry.number))
    expect((await value(client, 'liveFeed', { after: feed.length - 1, limit: 5 })).events).toHaveLength(1)

    const path = join(folder, `saved-${number}.pcapng`)
    expect(await value(client, 'liveSave', { path })).toMatchObject({ saved: path })
    expect(await client.send('liveSave', { path })).toMatchObject({
      ok: false,
      error: { code: 'bad-request', message: `${path}: exists already` },
    })
    const temporary = stopped.files[0] as string
    expect(readFileSync(path).equals(readFileSync(temporary))).toBe(true)

    growing.more(5)
    expect(await value(client, 'liveRestart', {})).toMatchObject({ state: 'running', saved: null })
    expect(existsSync(temporary)).toBe(false)
    await expect.poll(() => packetsOf(client), PATIENT).toBe(215)
    const again = await value(client, 'liveStop', {})
    expect(await value(client, 'liveStatus', {})).toMatchObject({ state: 'stopped', files: again.files })
    const ready = new Promise((resolve) => client.on('ready', resolve))
    await value(client, 'open', { path })
    expect(await ready).toMatchObject({ state: 'ready', packets: 210 })
    // what was not saved went with what was opened in its place
    expect(existsSync(again.files[0] as string)).toBe(false)
    expect(readdirSync(notes)).toEqual([])
  })
})

describe('what outlives what', () => {
  const running: Client[] = []
  afterEach(async () => {
    for (const client of running.splice(0)) await client.close()
  })

  it('an engine that dies: the capture goes on, and the new one has every packet', async () => {
    const deadly = join(folder, 'deadly')
    const entry = join(folder, 'engine.mjs')
    writeFileSync(
      entry,
      `import { existsSync, rmSync } from 'node:fs'
setInterval(() => { if (existsSync(${JSON.stringify(deadly)})) { rmSync(${JSON.stringify(deadly)}); process.exit(9) } }, 20).unref()
await import(${JSON.stringify(pathToFileURL(workerEntry()).href)})
`,
    )
    const client = startEngine(entry, notes)
    running.push(client)
    const growing = new Growing()
    growing.more(50)
    await value(client, 'liveStart', { interfaces: [growing.path], backend: 'follow', file: join(folder, 'engine.pcapng') })
    await expect.poll(() => packetsOf(client), PATIENT).toBe(50)
    writeFileSync(deadly, '')
    await expect.poll(() => existsSync(deadly), PATIENT).toBe(false)
    growing.more(30)
    await expect.poll(() => packetsOf(client).catch(() => 0), PATIENT).toBe(80)
    const opened = async () => (await value(client, 'liveFeed', {})).events.filter(({ type }) => type === 'session-opened').length
    await expect.poll(opened, PATIENT).toBe(80)
    const { events } = await value(client, 'liveFeed', {})
    const problems = events.flatMap((entry_) => (entry_.type === 'problem' ? [entry_.problem.message] : []))
    expect(problems).toEqual([expect.stringMatching(/^the analysis stopped \(.*exit code 9.*\) and begins again from the recorded file$/)])
    expect(await value(client, 'liveStop', {})).toMatchObject({ state: 'stopped', problem: null, counts: { packets: 80 } })
    expect(await value(client, 'status', {})).toMatchObject({ state: 'ready', packets: 80, sessions: 80 })
  })

  it('kill -9 of the host: the capture goes on without it, and the next host goes on with it', async () => {
    const start = async (): Promise<{ client: Client; kill(): Promise<void> }> => {
      const child = spawn(process.execPath, ['scripts/rehome.mjs', 'serve'], {
        cwd: join(import.meta.dirname, '..', '..'),
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const gone = new Promise((resolve) => child.on('exit', resolve))
      const url = await new Promise<string>((resolve) =>
        child.stdout.on('data', (data: Buffer) => {
          const found = /http:\S+/.exec(String(data))
          if (found !== null) resolve(found[0])
        }),
      )
      const client = await overSocket(url, async () => {
        child.kill('SIGTERM')
        await gone
      })
      return {
        client,
        async kill() {
          child.kill('SIGKILL')
          await gone
        },
      }
    }
    const growing = new Growing()
    const file = join(folder, 'kept.pcapng')
    growing.more(40)
    const first = await start()
    await value(first.client, 'liveStart', { interfaces: [growing.path], backend: 'follow', file })
    await expect.poll(() => packetsOf(first.client), PATIENT).toBe(40)
    await first.kill()
    growing.more(25)
    const second = await start()
    running.push(second.client)
    await expect.poll(() => packetsOf(second.client), PATIENT).toBe(65)
    expect(await value(second.client, 'liveStatus', {})).toMatchObject({ state: 'running', temporary: false, files: [file] })
    growing.more(10)
    await expect.poll(() => packetsOf(second.client), PATIENT).toBe(75)
    const opened = async () => (await value(second.client, 'liveFeed', {})).events.filter(({ type }) => type === 'session-opened').length
    await expect.poll(opened, PATIENT).toBe(75)
    expect(await value(second.client, 'liveStop', {})).toMatchObject({ state: 'stopped', counts: { packets: 75 }, files: [file] })
    expect(readdirSync(notes)).toEqual([])
  })

  it('kill -9 of the capture process: words, what was written can be read, and another capture can begin', async () => {
    const client = inProcessEngine(notes)
    running.push(client)
    const growing = new Growing()
    growing.more(60)
    const file = join(folder, 'cut.pcapng')
    await value(client, 'liveStart', { interfaces: [growing.path], backend: 'follow', file })
    await expect.poll(() => packetsOf(client), PATIENT).toBe(60)
    const [note] = readdirSync(notes).filter((name) => name.endsWith('.json'))
    process.kill(JSON.parse(readFileSync(join(notes, note as string), 'utf8')).pid, 'SIGKILL')
    await expect.poll(async () => (await value(client, 'liveStatus', {})).state, PATIENT).toBe('stopped')
    expect(await value(client, 'liveStatus', {})).toMatchObject({
      problem: { message: expect.stringMatching(/ended from outside: nothing more is captured; what was written until then can be read/) },
    })
    await expect.poll(async () => (await value(client, 'status', {})).state, PATIENT).toBe('ready')
    expect(await packetsOf(client)).toBe(60)
    const next = { interfaces: [growing.path], backend: 'follow' as const, file: join(folder, 'next.pcapng') }
    expect(await value(client, 'liveStart', next)).toMatchObject({ state: 'running' })
    await value(client, 'liveStop', {})
  })

  it('a capture that was not saved when the host ended is there for the next one', async () => {
    const client = inProcessEngine(notes)
    const growing = new Growing()
    growing.more(7)
    await value(client, 'liveStart', { interfaces: [growing.path], backend: 'follow' })
    await expect.poll(() => packetsOf(client), PATIENT).toBe(7)
    await client.close()
    const next = inProcessEngine(notes)
    running.push(next)
    await next.adopt()
    const { leftovers } = await value(next, 'liveStatus', {})
    expect(leftovers).toHaveLength(1)
    const { file } = leftovers[0] as { file: string }
    await value(next, 'open', { path: file })
    await expect.poll(async () => (await value(next, 'status', {})).state, PATIENT).toBe('ready')
    expect(await packetsOf(next)).toBe(7)
    await value(next, 'liveForget', { file })
    expect([readdirSync(notes), existsSync(file)]).toEqual([[], false])
  })

  it('a capture that ended while no host was there is found by the next one', async () => {
    const left = join(folder, 'left.pcapng')
    writeFileSync(left, readFileSync(new Growing().path))
    mkdirSync(notes, { recursive: true })
    const spec = {
      interfaces: ['wan0'],
      filter: null,
      backend: null,
      elevate: false,
      remote: null,
      remoteProgram: 'dumpcap',
      file: left,
      temporary: false,
      ring: null,
    }
    const note = {
      id: 'c0123456789abcdef',
      pid: 2 ** 22 + 1,
      socket: join(notes, 'none.sock'),
      started: 1_700_000_000,
      spec,
      summary: null,
    }
    writeFileSync(join(notes, `${note.id}.json`), JSON.stringify(note))
    const client = inProcessEngine(notes)
    running.push(client)
    await client.adopt()
    expect(await value(client, 'liveStatus', {})).toMatchObject({ state: 'idle', leftovers: [{ file: left, started: 1_700_000_000 }] })
    expect(await value(client, 'liveForget', { file: left })).toMatchObject({ leftovers: [] })
    expect([readdirSync(notes), existsSync(left)]).toEqual([[], true])
  })
})
