/** The capture without a network: parser, merge, recorder and the live capture as a whole over synthetic sources. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { linkLogFeed } from '../../../main/analysis/netlink.ts'
import { analysisHere } from '../../../main/capture/analysis-host.ts'
import { choose } from '../../../main/capture/choose.ts'
import type { LiveEvent, LiveSummary } from '../../../main/capture/events.ts'
import { SyntheticSource, type SyntheticStep } from '../../../main/capture/finite-sources.ts'
import { interfaceChanges } from '../../../main/capture/link-watch.ts'
import { LiveCapture } from '../../../main/capture/live.ts'
import { Merger } from '../../../main/capture/merge.ts'
import { howToAllow } from '../../../main/capture/permissions.ts'
import { ProcessSource } from '../../../main/capture/process-source.ts'
import { overSsh, shellWord } from '../../../main/capture/programs.ts'
import { Recorder } from '../../../main/capture/recorder.ts'
import { CaptureFailure } from '../../../main/capture/source.ts'
import { StreamParser } from '../../../main/capture/stream-parser.ts'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { TimeBase } from '../../../main/files/record-columns.ts'
import type { RecordBatch } from '../../../main/files/types.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'
import { datagram } from './packets.ts'

const folder = mkdtempSync(join(tmpdir(), 'rehome-capture-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const EPOCH = 1_700_000_000_000_000_000n

/** A capture of one interface with packets at these ms after EPOCH. */
function stream(name: string, host: number, ...times: number[]): Uint8Array {
  const encoder = new PcapngEncoder()
  encoder.addInterface({ linkType: 1, name })
  for (const [at, time] of times.entries()) encoder.packet(0, EPOCH + BigInt(time) * 1_000_000n, datagram(host, at), 60)
  return encoder.take()
}

function parsed(bytes: Uint8Array, piece: number): { packets: [number, number, number][]; parser: StreamParser } {
  const packets: [number, number, number][] = []
  const base = Object.assign(new TimeBase(), { set: true, nanoseconds: EPOCH })
  const parser = new StreamParser('x', base, ({ memory, count, offset, captured, time }: RecordBatch) => {
    for (let i = 0; i < count; i++) packets.push([time[i] as number, captured[i] as number, memory[(offset[i] as number) + 42] as number])
  })
  for (let at = 0; at < bytes.length; at += piece) parser.push(bytes.slice(at, at + piece))
  return { packets, parser }
}

/** The same as a classic pcap in microseconds. */
function classic(...times: number[]): Uint8Array {
  const out: Uint8Array[] = [Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0)]
  for (const [at, time] of times.entries()) {
    const header = new DataView(new ArrayBuffer(16))
    for (const [i, value] of [Number(EPOCH / 1_000_000_000n), time * 1000, 60, 60].entries()) header.setUint32(4 * i, value, true)
    out.push(new Uint8Array(header.buffer), datagram(0, at))
  }
  return Buffer.concat(out)
}

describe('stream parser', () => {
  it.each([1, 3, 29, 64, 100_000])('pieces of %i bytes give what the whole gives, pcapng and pcap', (piece) => {
    const expected = [5, 6, 9].map((time, at) => [time * 1e6, 60, at])
    for (const bytes of [stream('a', 0, 5, 6, 9), classic(5, 6, 9)]) {
      const { packets, parser } = parsed(bytes, piece)
      expect(packets).toEqual(expected)
      expect([parser.end(), parser.failure, parser.facts.packets]).toEqual([true, null, 3])
    }
  })
  it('a cut stream gives what was whole, and says that it was cut; words are no capture', () => {
    const bytes = stream('a', 0, 5, 6)
    const { packets, parser } = parsed(bytes.subarray(0, bytes.length - 20), 50)
    expect([packets.length, parser.end()]).toEqual([1, false])
    expect(parsed(Buffer.from('Permission denied (publickey).\n'), 100).parser.failure).toBe(
      "what arrived is no capture: 'Permission denied (publickey).'",
    )
  })
})

describe('merge', () => {
  const batchOf = (...times: number[]): RecordBatch => ({
    memory: new Uint8Array(1),
    count: times.length,
    offset: new Uint32Array(times.length),
    captured: new Uint32Array(times.length).fill(1),
    wire: new Uint32Array(times.length).fill(1),
    time: Float64Array.from(times, (milliseconds) => milliseconds * 1e6),
    interface: new Uint16Array(times.length),
    fileOffset: new Float64Array(times.length),
    comments: [],
  })
  it('orders across sources, waits no longer than the window, counts what is late, and lets nobody wait for a closed one', () => {
    const out: string[] = []
    const merger = new Merger((iface, _memory, _offset, _captured, _wire, time) => out.push(`${iface}:${time / 1e6}`), 300)
    const [a, b] = [merger.addLane(), merger.addLane()]
    merger.add(a, batchOf(10, 30), [0], 0)
    expect(out).toEqual([])
    merger.add(b, batchOf(20, 40), [1], 10)
    expect(out).toEqual(['0:10', '1:20'])
    merger.drain(20)
    expect(out).toEqual(['0:10', '1:20', '0:30'])
    merger.drain(309)
    expect(out).toHaveLength(3)
    merger.drain(310)
    expect(out.at(-1)).toBe('1:40')
    merger.add(a, batchOf(35), [0], 320)
    merger.drain(620)
    expect([out.at(-1), merger.late, merger.held]).toEqual(['0:35', 1, 0])
    merger.close(b)
    merger.add(a, batchOf(50), [0], 630)
    merger.drain(649)
    expect(out.at(-1)).toBe('0:35')
    merger.drain(650)
    expect(out.at(-1)).toBe('0:50')
  })
  it('puts right what one source hands over out of order, in one batch and across two', () => {
    const out: number[] = []
    const merger = new Merger((_iface, _memory, _offset, _captured, _wire, time) => out.push(time / 1e6), 300)
    const lanes = [merger.addLane(), merger.addLane()]
    merger.add(lanes[1] as number, batchOf(100), [0], 0)
    merger.add(lanes[0] as number, batchOf(1, 5.3, 5.1, 5.2, 9.0), [0], 0)
    expect(out).toEqual([1, 5.1, 5.2, 5.3])
    merger.add(lanes[0] as number, batchOf(8.99, 9.02), [0], 5)
    expect(out).toEqual([1, 5.1, 5.2, 5.3])
    merger.drain(30)
    expect(out.slice(4)).toEqual([8.99, 9, 9.02])
    expect(merger.late).toBe(0)
  })
  it('keeps the order of many records through growing rings', () => {
    const out: number[] = []
    const merger = new Merger((_iface, _memory, _offset, _captured, _wire, time) => out.push(time / 1e6), 300)
    const lanes = [merger.addLane(), merger.addLane(), merger.addLane()]
    for (let k = 0; k < 30; k++)
      for (const lane of lanes) merger.add(lane, batchOf(...Array.from({ length: 400 }, (_, i) => (k * 400 + i) * 3 + lane)), [0], k)
    merger.flush()
    expect(out).toEqual(Array.from({ length: 36_000 }, (_, i) => i))
    expect(merger.late).toBe(0)
  })
})

describe('recorder', () => {
  it('writes exact times before and after its base, and across 2^32 ns; a ring by size keeps the newest', async () => {
    const path = join(folder, 'exact.pcapng')
    const events = { written: () => {}, failed: (error: Error) => expect.fail(error.message) }
    const recorder = await Recorder.create(path, {}, EPOCH, null, events)
    recorder.addInterface({ linkType: 1, name: 'a' })
    const times = [-5_000_000_001, -1, 0, 4_294_967_295, 4_294_967_296, 1e15 + 7]
    for (const [at, time] of times.entries()) recorder.record(0, datagram(0, at), 0, 60, 60, time)
    await recorder.close([{ received: 6, dropped: 1, systemDropped: 2 }])
    const { packets, parser } = parsed(readFileSync(path), 1_000)
    expect(packets.map(([time]) => time)).toEqual(times)
    expect(parser.facts.interfaces[0]).toMatchObject({ received: 6, dropped: 3 })

    let now = Date.UTC(2026, 10, 22)
    const ring = await Recorder.create(join(folder, 'ring.pcapng'), {}, EPOCH, { seconds: 10, files: 2 }, events, now)
    ring.addInterface({ linkType: 1, name: 'a' })
    for (let k = 0; k < 4; k++) {
      ring.record(0, datagram(0, k), 0, 60, 60, k)
      now += 10_000
      ring.flush(() => [], now)
    }
    await ring.close([])
    expect(readdirSync(folder).filter((name) => name.startsWith('ring'))).toEqual([
      'ring_00004_20261122000030.pcapng',
      'ring_00005_20261122000040.pcapng',
    ])
  })
})

async function run(sources: Record<string, SyntheticStep[]>, file: string): Promise<{ events: LiveEvent[]; summary: LiveSummary }> {
  const events: LiveEvent[] = []
  let watched: ((text: string) => void) | null = null
  const live = new LiveCapture(
    {
      interfaces: Object.keys(sources),
      filter: null,
      choice: { backend: 'synthetic', why: 'test', make: (name) => new SyntheticSource(name, sources[name] as SyntheticStep[]) },
      file,
      ring: null,
      analysis: analysisHere,
      links: (sink) => {
        watched = sink.lines
        return { how: 'netlink', stop: async () => {} }
      },
    },
    (event) => events.push(event),
  )
  await live.start()
  const up = '[2023-11-14T22:13:20.000500] 2: wan0: <BROADCAST,UP,LOWER_UP> mtu 1500 state UP\n'
  const down = '[2023-11-14T22:13:20.006000] 2: wan0: <NO-CARRIER,BROADCAST,UP> mtu 1500 state DOWN\n'
  ;(watched as ((text: string) => void) | null)?.(up + down)
  return { events, summary: await live.ended }
}

describe('live capture over synthetic sources', () => {
  it('merges, records, tells sessions and links, survives a source that ends, and the file says the same', async () => {
    const file = join(folder, 'live.pcapng')
    const { events, summary } = await run(
      {
        wan0: [{ bytes: stream('wan0', 0, 1, 5, 9) }, { end: 'the cable is gone' }, { bytes: stream('wan0', 0, 20) }],
        wan1: [{ bytes: stream('wan1', 1, 2, 4, 10) }, { drops: { kernel: 7, interface: 0, app: 0 } }, { wait: 1_500 }],
      },
      file,
    )
    expect(summary).toMatchObject({ why: 'through', packets: 7, analyzed: 7, sessions: 2, files: [file] })
    expect(summary.interfaces.map(({ name, packets, drops }) => [name, packets, drops.kernel])).toEqual([
      ['wan0', 4, 0],
      ['wan1', 3, 7],
    ])
    const types = events.map(({ type }) => type)
    expect(types[0]).toBe('capture-started')
    expect(types.at(-1)).toBe('capture-stopped')
    expect(types.filter((type) => type === 'interface-described')).toHaveLength(2)
    for (const type of ['interface-lost', 'interface-resumed', 'drops'] as const) expect(types).toContain(type)
    const links = events.flatMap((event) => (event.type === 'link' ? [[event.t, event.link.message]] : []))
    expect(links).toEqual([
      [1_700_000_000.0005, 'wan0 is up'],
      [1_700_000_000.006, 'wan0: carrier lost'],
    ])
    const capture = await openCapture([file])
    closeCapture(capture)
    expect(capture.linkEvents.map(({ time, detail }) => [time / 1e6, detail.message])).toEqual([
      [-0.5, 'wan0 is up'],
      [5, 'wan0: carrier lost'],
    ])
    expect([capture.hasLinkLog, capture.index.rows, capture.analyzer.sessionCount, capture.warnings]).toEqual([true, 7, 2, []])
    expect(capture.interfaces.map(({ label, facts }) => [label, facts.dropped])).toEqual([
      ['wan0', 0],
      ['wan1', 7],
    ])
  })
})

describe('choice, permissions, arguments', () => {
  const system = (programs: Record<string, boolean>, cap = false) => ({
    find: (name: string) => (programs[name] === undefined ? null : { path: `/bin/${name}`, executable: programs[name] as boolean }),
    capIsBuilt: () => cap,
  })
  it('takes the best there is, the one that was asked for, or says what to do', () => {
    expect(choose({}, system({ dumpcap: true, tcpdump: true }))).toMatchObject({ backend: 'dumpcap' })
    expect(choose({}, system({ dumpcap: false, tcpdump: true }))).toMatchObject({
      backend: 'tcpdump',
      why: 'dumpcap may not be run by you',
    })
    expect(choose({}, system({}, true))).toMatchObject({ backend: 'cap' })
    expect(choose({ backend: 'tcpdump' }, system({ dumpcap: true, tcpdump: true }))).toMatchObject({ backend: 'tcpdump' })
    const refusal = (wanted: Parameters<typeof choose>[0], on: ReturnType<typeof system>): string => {
      try {
        return choose(wanted, on).backend
      } catch (error) {
        return `${(error as CaptureFailure).problem.kind}: ${(error as CaptureFailure).problem.hint}`
      }
    }
    expect(refusal({}, system({}))).toMatch(/^not-installed: Install /)
    expect(refusal({}, system({ dumpcap: false }))).toMatch(/^permission: \S/)
    expect(refusal({ backend: 'cap' }, system({ dumpcap: true }))).toMatch(/^not-installed/)
    expect(refusal({ backend: 'ssh' }, system({ ssh: true }))).toMatch(/^other: Add --remote/)
    for (const platform of ['linux', 'darwin', 'win32', 'sunos']) expect(howToAllow('dumpcap', platform)).toMatch(/\S{3}/)
  })

  it('a remote shell gets each word as it is; the remote program ends with our stdin', async () => {
    expect(shellWord("a'b $(c)")).toBe("'a'\\''b $(c)'")
    expect(() => overSsh('ssh', '-oProxyCommand=x', 'dumpcap', { interfaceName: 'a', filter: null })).toThrow(CaptureFailure)
    // ssh and the remote dumpcap, played by two scripts: the first hands its last word to a shell, as sshd does
    writeFileSync(join(folder, 'stream'), stream('eth0', 0, 1, 2))
    writeFileSync(join(folder, 'ssh'), `#!/bin/sh\nfor last; do :; done\nPATH=${folder}:$PATH exec sh -c "$last"\n`)
    writeFileSync(
      join(folder, 'dumpcap'),
      `#!/bin/sh\ntrap 'echo "$@" >${folder}/ended; exit 0' TERM\ncat ${folder}/stream\nwhile :; do sleep 0.1; done\n`,
    )
    for (const name of ['ssh', 'dumpcap']) chmodSync(join(folder, name), 0o755)
    const filter = "host 'x'; touch /nope"
    const source = new ProcessSource('far', overSsh(join(folder, 'ssh'), 'me@far', 'dumpcap', { interfaceName: 'eth0', filter }))
    let packets = 0
    const base = Object.assign(new TimeBase(), { set: true, nanoseconds: EPOCH })
    const ended = new Promise((resolve) => {
      void source
        .start(base, {
          described: () => {},
          batch: (batch) => {
            packets += batch.count
          },
          problem: () => {},
          ended: resolve,
        })
        .then(() => source.stop())
    })
    expect(await ended).toBeNull()
    expect(packets).toBe(2)
    expect(readFileSync(join(folder, 'ended'), 'utf8')).toBe(`-q -B 64 -i eth0 -f ${filter} -w -\n`)
  })

  it('what polling finds reads as a link log', () => {
    const one = (cidr: string) => ({
      address: cidr.split('/')[0] as string,
      netmask: '',
      family: 'IPv4' as const,
      mac: '',
      internal: false,
      cidr,
    })
    const text = interfaceChanges(
      { en0: [one('10.0.0.1/24')], en1: [one('10.1.0.1/24')] },
      { en0: [one('10.0.0.2/24')] },
      1_700_000_000_000,
    )
    expect(
      linkLogFeed(EPOCH)
        .take(text)
        .map(({ time, detail }) => [time, detail.what, detail.interfaceName, detail.subject]),
    ).toEqual([
      [0, 'address-removed', 'en0', '10.0.0.1'],
      [0, 'address-added', 'en0', '10.0.0.2'],
      [0, 'link-down', 'en1', null],
      [0, 'address-removed', 'en1', '10.1.0.1'],
    ])
  })
})
