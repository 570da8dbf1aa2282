/** `rehome packets --write`: the packets that match as a capture file, as tshark would write it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { PcapngEncoder } from '../../../../main/files/writer.ts'
import { packets } from '../../../../main/hosts/cli/verbs/packets.ts'
import { payload } from '../../files/capture-bytes.ts'
import { readPath } from '../../files/read-all.ts'

const SAMPLE = join(import.meta.dirname, '../../../../main/samples/mptcp-failover.pcapng')
const folder = mkdtempSync(join(tmpdir(), 'rehome-write-'))
const out = (name: string): string => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]))

const tshark = spawnSync('tshark', ['--version']).status === 0
const FIELDS = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.interface_name', 'ipv6.src', 'tcp.seq_raw', 'frame.comment']
const shark = (path: string, ...words: string[]): string =>
  execFileSync('tshark', ['-r', path, ...words, '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })

test.runIf(tshark)('tshark reads the same frames', async () => {
  await packets([SAMPLE], { filter: 'tcp.flags.syn == 1', write: out('syn.pcapng') })
  expect(shark(out('syn.pcapng'))).toBe(shark(SAMPLE, '-Y', 'tcp.flags.syn == 1'))
  await packets([SAMPLE], { write: out('all.pcapng') })
  expect(shark(out('all.pcapng'))).toBe(shark(SAMPLE))
  await packets([SAMPLE], { count: 40, write: out('first.pcap') })
  expect(shark(out('first.pcap'))).toBe(shark(SAMPLE, '-c', '40').replace(/\tup[AB]\t/g, '\t\t'))
})

test('a filter of sessions, and files one after the other', async () => {
  await packets([SAMPLE, SAMPLE], { filter: 'mh.rehoming', write: out('moves.pcapng') })
  const one = await readPath(out('moves.pcapng'))
  expect([one.packets.length > 3, one.facts.interfaces.length]).toEqual([true, 4])
  await packets([SAMPLE], { filter: 'arp and sctp', write: out('none.pcapng') })
  const none = await readPath(out('none.pcapng'))
  expect([none.packets.length, none.facts.interfaces.map(({ name }) => name)]).toEqual([0, ['upA', 'upB']])
})

test('what a file says besides packets goes along, secrets only when asked', async () => {
  const encoder = new PcapngEncoder({ os: 'Linux 6', comments: ['of the lab'] })
  for (const [linkType, name] of [
    [1, 'upA'],
    [101, 'tun0'],
  ] as const)
    encoder.addInterface({ linkType, name })
  encoder.names(new Map([['192.0.2.1', ['host.example']]]))
  encoder.secrets('tls', Uint8Array.of(1, 2, 3))
  encoder.packet(0, 1_700_000_000_000_000_000n, payload(1, 60), 60, ['seen'])
  encoder.packet(1, 1_700_000_001_000_000_000n, payload(2, 60), 60)
  encoder.note(0, 1_700_000_001_000_000_000n, ['rehome link log\n[2026-01-01T00:00:00.000000] 2: upA: state DOWN\n'])
  const told = out('told.pcapng')
  writeFileSync(told, encoder.take())
  await packets([told], { write: out('copy.pcapng') })
  const { facts, comments } = await readPath(out('copy.pcapng'))
  expect(facts).toMatchObject({ os: 'Linux 6', comments: ['of the lab'], secrets: [], names: new Map([['192.0.2.1', ['host.example']]]) })
  expect([comments, facts.linkLog?.length]).toEqual([[[0, 'seen']], 1])
  await packets([told], { write: out('open.pcapng'), withSecrets: true })
  expect((await readPath(out('open.pcapng'))).facts.secrets.length).toBe(1)
  await expect(packets([told], { write: out('mixed.pcap') })).rejects.toThrow(/mixed\.pcap: a pcap file has one link type.*ETHERNET, RAW/)
})

test('what cannot be written is said, and leaves nothing', async () => {
  copyFileSync(SAMPLE, out('mine.pcapng'))
  await expect(packets([out('mine.pcapng')], { write: out('mine.pcapng') })).rejects.toThrow(/is the capture that is read/)
  await expect(packets([SAMPLE], { write: out('no/where.pcapng') })).rejects.toThrow(/cannot be written: no such file or folder/)
  await expect(packets([SAMPLE], { write: out('x.pcapng'), field: ['tcp.seq'] })).rejects.toThrow(/--write makes a capture file/)
  await expect(packets([SAMPLE], { withSecrets: true })).rejects.toThrow(/--with-secrets goes with --write/)
  await expect(packets([out('gone.pcapng')], { write: out('y.pcapng') })).rejects.toThrow(/gone\.pcapng/)
})
