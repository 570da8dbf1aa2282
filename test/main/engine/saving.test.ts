/** Packets as a file of their own: which ones, in what format, what goes along, and what never does. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { inProcessEngine } from '../../../main/engine/in-process.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'
import type { EngineClient, Parameters_ } from '../../../shared/contract.ts'
import { shared } from '../../shared-material.ts'
import { payload } from '../files/capture-bytes.ts'
import { readPath } from '../files/read-all.ts'

const SAMPLE = join(import.meta.dirname, '../../../main/samples/mptcp-failover.pcapng')
const folder = mkdtempSync(join(tmpdir(), 'rehome-saving-'))
const out = (name: string): string => join(folder, name)
const engine = inProcessEngine(folder)
afterAll(async () => {
  await engine.close()
  rmSync(folder, { recursive: true, force: true })
})
const tshark = spawnSync('tshark', ['--version']).status === 0

async function open(path: string): Promise<void> {
  const ready = new Promise<void>((resolve) => {
    const off = engine.on('ready', () => {
      off()
      resolve()
    })
  })
  await value('open', { path })
  await ready
}

async function value<K extends Parameters<EngineClient['send']>[0]>(call: K, parameters: Parameters_<K>) {
  const result = await engine.send(call, parameters)
  if (!result.ok) throw new Error(`${result.error.message} ${result.error.hint}`)
  return result.value
}

/** Saves by pieces or to a path; answers the bytes and what was said last. */
async function save(wish: Parameters_<'saveBegin'>) {
  const begun = await value('saveBegin', wish)
  const pieces: Buffer[] = []
  for (;;) {
    const part = await value('savePart', { id: begun.id })
    pieces.push(Buffer.from(part.base64, 'base64'))
    if (part.done) return { ...begun, ...part, data: wish.path === undefined ? Buffer.concat(pieces) : readFileSync(wish.path) }
  }
}

async function readBack(data: Uint8Array) {
  const path = out(`back-${Math.round(performance.now() * 1000)}`)
  writeFileSync(path, data)
  return readPath(path)
}

/** each frame as tshark reads it, but for its number */
function frames(path: string, filter = ''): string[] {
  const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.interface_name', '_ws.col.Protocol', 'frame.comment']
  const words = ['-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field]), ...(filter === '' ? [] : ['-Y', filter])]
  return execFileSync('tshark', words, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')
}

describe('the sample', () => {
  beforeAll(() => open(SAMPLE))
  afterEach(() => expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]))

  test('all packets are those of the file, with their times, interfaces and lengths', async () => {
    const saved = await save({ format: 'pcapng' })
    expect(saved).toMatchObject({ fileName: 'mptcp-failover-copy.pcapng', packets: 1621, written: 1621, unreadable: 0 })
    expect(Math.abs(saved.bytes / saved.data.length - 1)).toBeLessThan(0.05)
    const [before, after] = [await readPath(SAMPLE), await readBack(saved.data)]
    expect(after.packets.length).toBe(1621)
    expect(after.packets.map(({ time, wire, data, interface: on }) => [time, wire, on, data.length])).toEqual(
      before.packets.map(({ time, wire, data, interface: on }) => [time, wire, on, data.length]),
    )
    expect(after.packets.every(({ data }, at) => Buffer.compare(data, before.packets[at]!.data) === 0)).toBe(true)
    expect(after.facts.interfaces.map(({ name }) => name)).toEqual(before.facts.interfaces.map(({ name }) => name))
    // nothing is added that nobody asked for
    expect(after.comments).toEqual(before.comments)
  })

  test('a filter, a session and frames pick together', async () => {
    const { id: filter, count } = await value('filter', { text: 'tcp.flags.syn == 1' })
    expect((await save({ filter, format: 'pcapng' })).written).toBe(count)
    const { rows } = await value('rows', { filter, from: 0, count: 500 })
    const [first, last] = [rows[0]!.frame, rows.at(-1)!.frame]
    expect(await value('saveBegin', { filter, frames: `${first}-${last - 1}`, format: 'pcap', check: true })).toMatchObject({
      id: '',
      packets: count - 1,
      fileName: 'mptcp-failover-frames.pcap',
    })
    expect((await value('saveBegin', { frames: '1-10, 1621-', format: 'pcapng', check: true })).packets).toBe(11)
    const session = (await value('sessions', {})).sessions[0]!
    const only = await value('filter', { text: `mh.session == "${session.id}"` })
    expect((await value('saveBegin', { session: session.id, format: 'pcapng', check: true })).packets).toBe(only.count)
    expect((await value('saveBegin', { session: session.id, filter, format: 'pcapng', check: true })).packets).toBeLessThan(count + 1)
  })

  test('rehomings and findings stand on the packets that show them, where they are asked for', async () => {
    const { comments } = await readBack((await save({ format: 'pcapng', remarks: true })).data)
    const texts = comments.map(([, text]) => text).filter((text) => /^r\d+: /.test(text))
    expect(texts.length).toBe(2)
  })

  test('pcap holds the same packets', async () => {
    const { data } = await save({ format: 'pcap' })
    const [before, after] = [await readPath(SAMPLE), await readBack(data)]
    expect(after.facts.format).toBe('pcap')
    expect(after.packets.map(({ time, wire, data: { length } }) => [time, wire, length])).toEqual(
      before.packets.map(({ time, wire, data: { length } }) => [time, wire, length]),
    )
  })

  test.runIf(tshark)('tshark reads the same frames', async () => {
    const { id: filter } = await value('filter', { text: 'tcp.flags.syn == 1 or icmpv6' })
    const path = out('shark.pcapng')
    await save({ filter, format: 'pcapng', path })
    expect(frames(path)).toEqual(frames(SAMPLE, 'tcp.flags.syn == 1 or icmpv6'))
    const all = out('shark-all.pcap')
    await save({ format: 'pcap', path: all })
    const named = (line: string): string => line.replace(/\tup[AB]\t/, '\t\t')
    expect(frames(all)).toEqual(frames(SAMPLE).map(named))
  })

  test('goes to a path, overwrites nothing unasked, and never the capture that is open', async () => {
    const path = out('kept.pcapng')
    const { data } = await save({ format: 'pcapng', path })
    expect((await readBack(data)).packets.length).toBe(1621)
    const refusals: [Partial<Parameters_<'saveBegin'>>, RegExp][] = [
      [{ path }, /kept\.pcapng: exists already.*nothing is overwritten/],
      [{ path: SAMPLE }, /is the capture that is open/],
      [{ path: SAMPLE, replace: true }, /is the capture that is open/],
      [{ path: folder, replace: true }, /is a folder/],
      [{ path: out('nowhere/x.pcapng') }, /its folder does not exist/],
      [{ frames: '5-3' }, /ends before it begins/],
      [{ frames: '9000-' }, /there is no packet to be saved/],
      [{ session: 's99' }, /s99/],
      [{ filter: 'f99' }, /f99/],
    ]
    for (const [wish, words] of refusals) await expect(save({ format: 'pcapng', ...wish }), JSON.stringify(wish)).rejects.toThrow(words)
    expect((await save({ format: 'pcapng', frames: '1', path, replace: true })).data.length).toBeLessThan(data.length)
    // one that has come meanwhile stays
    const late = out('late.pcapng')
    const { id } = await value('saveBegin', { format: 'pcapng', path: late })
    writeFileSync(late, 'mine')
    let words = ''
    for (let done = false; !done; ) {
      const part = await engine.send('savePart', { id })
      if (part.ok) done = part.value.done
      else {
        words = part.error.message
        done = true
      }
    }
    expect([words, readFileSync(late, 'utf8')]).toEqual([expect.stringMatching(/exists already/), 'mine'])
  })

  test('what is given up leaves nothing, and is said to who goes on', async () => {
    const path = out('given-up.pcapng')
    const { id } = await value('saveBegin', { format: 'pcapng', path })
    await value('saveCancel', { id })
    expect(await engine.send('savePart', { id })).toMatchObject({ ok: false, error: { code: 'not-found' } })
    expect(existsSync(path)).toBe(false)
    // of many at once the oldest goes; another capture ends all
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push((await value('saveBegin', { format: 'pcapng', path: out(`many-${n}.pcapng`) })).id)
    expect((await engine.send('savePart', { id: ids[0]! })).ok).toBe(false)
    await open(SAMPLE)
    expect((await engine.send('savePart', { id: ids[4]! })).ok).toBe(false)
  })
})

describe('what a file says besides packets', () => {
  const path = out('told.pcapng')
  beforeAll(async () => {
    const encoder = new PcapngEncoder({ hardware: 'board', os: 'Linux 6', comments: ['of the lab'] })
    encoder.addInterface({ linkType: 1, name: 'upA', addresses: ['192.0.2.1/24'] })
    encoder.addInterface({ linkType: 101, name: 'tun0' })
    encoder.names(
      new Map([
        ['192.0.2.1', ['host.example', 'alias.example']],
        ['2001:db8::1', ['six.example']],
        ['02:00:00:00:00:01', ['card']],
      ]),
    )
    encoder.secrets('tls', new TextEncoder().encode('CLIENT_RANDOM 00 11\n'))
    encoder.secrets('0x12345678', Uint8Array.of(1, 2, 3))
    encoder.note(0, 1_700_000_000_000_000_000n, ['rehome link log\n[2026-01-01T00:00:00.000000] 2: upA: <NO-CARRIER> state DOWN\n'])
    encoder.packet(0, 1_700_000_000_000_000_000n, payload(1, 60), 60, ['seen'])
    encoder.packet(1, 1_700_000_001_000_000_001n, payload(2, 60), 60)
    writeFileSync(path, encoder.take())
    await open(path)
  })

  test('goes along: names, comments, link log, section', async () => {
    const { facts, comments } = await readBack((await save({ format: 'pcapng' })).data)
    expect(facts.names).toEqual(
      new Map([
        ['192.0.2.1', ['host.example', 'alias.example']],
        ['2001:db8::1', ['six.example']],
        ['02:00:00:00:00:01', ['card']],
      ]),
    )
    expect(facts).toMatchObject({ hardware: 'board', os: 'Linux 6', comments: [expect.stringMatching(/of told\.pcapng/), 'of the lab'] })
    expect(facts.linkLog?.join('')).toMatch(/NO-CARRIER/)
    expect(comments).toEqual([[0, 'seen']])
  })

  test('secrets only where a person asks for them', async () => {
    expect((await value('saveBegin', { format: 'pcapng', check: true })).secrets).toBe(2)
    expect((await readBack((await save({ format: 'pcapng' })).data)).facts.secrets).toEqual([])
    const { secrets } = (await readBack((await save({ format: 'pcapng', secrets: true })).data)).facts
    expect(secrets.map(({ type, data }) => [type, data.length])).toEqual([
      ['tls', 20],
      ['0x12345678', 3],
    ])
  })

  test('a pcap of two link types is refused with what there are, and of one is written', async () => {
    await expect(save({ format: 'pcap' })).rejects.toThrow(/these packets have 2: ETHERNET, RAW.*Save them as pcapng/)
    const { facts, packets } = await readBack((await save({ format: 'pcap', frames: '2' })).data)
    expect([facts.interfaces[0]?.linkType, packets.length, facts.interfaces[0]?.ticksPerSecond]).toEqual([101, 1, 1_000_000_000n])
  })
})

test.runIf(tshark && existsSync(shared('testbed', 'recorded', 'sctp-failover.pcapng')))(
  'a recorded capture comes back frame by frame',
  async () => {
    const path = shared('testbed', 'recorded', 'sctp-failover.pcapng')
    await open(path)
    mkdirSync(out('again'), { recursive: true })
    const copy = out('again/sctp.pcapng')
    await save({ format: 'pcapng', path: copy })
    expect(frames(copy)).toEqual(frames(path))
  },
)
