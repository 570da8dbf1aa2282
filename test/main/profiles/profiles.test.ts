/** Profiles: what is refused and where, and formats without numbers that become fields, sessions and rehomings by data alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { FieldRecorder } from '../../../dissectors/core/recorder.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { Walk } from '../../../dissectors/core/walk.ts'
import { dissectFrame } from '../../../dissectors/frame/dissect.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { hex, join } from '../../../dissectors/link/emit.ts'
import { applyProfiles } from '../../../dissectors/profile/table.ts'
import { emitTcp } from '../../../dissectors/tcp/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { createAnalyzer } from '../../../main/analysis/analyzer.ts'
import { loadProfiles } from '../../../main/profiles/load.ts'
import { PRESETS } from '../../../main/profiles/presets.ts'
import { parseAddress } from '../../../shared/address.ts'
import { type Profile, parseProfile } from '../../../shared/profile.ts'
import { nodeCrypto, walkPacket } from '../../dissectors/core/record.ts'

const folder = mkdtempSync(joinPath(tmpdir(), 'profiles-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const preset = (id: string): Profile => {
  const parsed = parseProfile(JSON.stringify(PRESETS.find((p) => p.id === id)?.profile), id)
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return { ...parsed.profile, enabled: true }
}

describe('presets', () => {
  it.each(PRESETS.map((p) => [p.id, p.profile] as const))('%s is a profile, and shipped disabled', (id, profile) => {
    const parsed = parseProfile(JSON.stringify(profile), id)
    expect(parsed.ok ? [parsed.profile.id, parsed.profile.enabled] : parsed.problems).toEqual([id, false])
  })
})

describe('what is wrong with a profile is told with its place', () => {
  const good = { id: 'x', title: 'X', bind: { udpPort: 5000 } }
  it.each([
    ['no JSON', '{', /^f\.json: is no JSON/],
    ['no bind', JSON.stringify({ id: 'x', title: 'X' }), /bind: /],
    ['two binds', JSON.stringify({ ...good, bind: { udpPort: 1, ipProto: 2 } }), /bind: exactly one of/],
    ['an unknown key', JSON.stringify({ ...good, colour: 1 }), /colour/],
    ['a wrong kind', JSON.stringify({ ...good, fields: [{ name: 'a', bits: 8, kind: 'ipx' }] }), /fields\[0\]\.kind: /],
    ['a uint without bits', JSON.stringify({ ...good, fields: [{ name: 'a' }] }), /fields\[0\] \('a'\): a uint has 1 to 64 bits/],
    [
      'a length from a later field',
      JSON.stringify({ ...good, fields: [{ name: 'a', kind: 'bytes', lenFrom: 'n' }] }),
      /lenFrom 'n' is no earlier/,
    ],
    ['a locator that is a number', JSON.stringify({ ...good, fields: [{ name: 'a', bits: 32, role: 'locator' }] }), /a locator is of kind/],
    ['types without a type field', JSON.stringify({ ...good, msgTypes: { '1': { name: 'A' } } }), /no field has the role 'msgType'/],
    ['an identifier in capitals', JSON.stringify({ ...good, id: 'X Y' }), /id: small letters/],
  ])('%s', (_name, text, words) => {
    const parsed = parseProfile(text, 'f.json')
    expect(parsed.ok ? '' : parsed.problems.join('\n')).toMatch(words)
  })
})

describe('loading', () => {
  it('takes presets by name, files and folders; a disabled file is told of and not used', async () => {
    writeFileSync(joinPath(folder, 'a.json'), JSON.stringify({ id: 'mine', title: 'Mine', bind: { udpPort: 5000 } }))
    writeFileSync(joinPath(folder, 'b.json'), JSON.stringify({ id: 'off', title: 'Off', enabled: false, bind: { udpPort: 5001 } }))
    const { profiles, warnings } = await loadProfiles(['tcp-mh', folder])
    expect([profiles.map((p) => p.id), warnings]).toEqual([
      ['tcp-mh', 'mine'],
      [`${joinPath(folder, 'b.json')}: profile 'off' says enabled: false, so it is not used`],
    ])
  })
  it.each([
    [['no-such-file.json'], /no-such-file\.json: there is no such file \(profile\)/],
    [['tcp-mh', 'tcp-mh'], /two profiles have the id 'tcp-mh'/],
  ])('%j is refused', async (names, words) => {
    await expect(loadProfiles(names)).rejects.toThrow(words)
  })
})

// ------------------------------------------------------------------ on the wire

const A = ['2001:db8:a::10', '2001:db8:b::10'] as const
const R = '2001:db8:f::80'
const bytes = (address: string): Uint8Array => parseAddress(address) as Uint8Array
const fields = (packet: Uint8Array, profile: Profile): string[] => {
  const state = new StreamState(nodeCrypto)
  applyProfiles(state, [profile])
  return walkPacket(packet, { linkType: 101, state }).family('profile')
}

describe('fields', () => {
  it('a TCP option by its kind', () => {
    const option = join([253, 21, 2, 0, 7], bytes(A[1]))
    const segment = emitTcp({
      source: A[0],
      destination: R,
      sourcePort: 40000,
      destinationPort: 80,
      sequence: 1,
      flags: 0x18,
      options: [option],
    } as never)
    const packet = emitIpv6(segment, { source: A[0], destination: R, nextHeader: 6 })
    expect(fields(packet, preset('tcp-mh'))).toEqual([
      'profile.id tcp-mh',
      'profile.field subtype: 2',
      'profile.field serial: 7',
      'profile.serial 0007',
      'profile.field address: 2001:db8:b::10',
      'profile.locator6 2001:db8:b::10',
      'profile.type 2',
      'profile.message MH-Add',
    ])
  })

  it('an IP protocol, bits that cross bytes, a length from a field, and a guard', () => {
    const parsed = parseProfile(
      JSON.stringify({
        id: 'odd',
        title: 'Odd',
        bind: { ipProto: 253 },
        guard: [{ offset: 0, mask: '0xf0', value: '0xa0', bytes: 1 }],
        fields: [
          { name: 'magic', bits: 4 },
          { name: 'size', bits: 12 },
          { name: 'name', kind: 'bytes', lenFrom: 'size', role: 'tag' },
        ],
      }),
      'odd',
    )
    const profile = (parsed as { profile: Profile }).profile
    const packet = (payload: string) => emitIpv6(hex(payload), { source: A[0], destination: R, nextHeader: 253 })
    expect(fields(packet('a003 c0ffee'), profile)).toEqual([
      'profile.id odd',
      'profile.field magic: 10',
      'profile.field size: 3',
      'profile.field name: c0ffee',
      'profile.tag c0ffee',
      'profile.message data',
    ])
    expect(fields(packet('b003 c0ffee'), profile)).toEqual([])
  })

  it.each(['a0', 'a009 c0ff', 'afff'])('bytes too short for the fields (%s) end the reading', (payload) => {
    const profile = (
      parseProfile(
        JSON.stringify({
          id: 'odd',
          title: 'Odd',
          bind: { ipProto: 253 },
          fields: [
            { name: 'n', bits: 16 },
            { name: 'b', kind: 'bytes', lenFrom: 'n' },
          ],
        }),
        'odd',
      ) as {
        profile: Profile
      }
    ).profile
    const state = new StreamState(nodeCrypto)
    applyProfiles(state, [profile])
    const seen = walkPacket(emitIpv6(hex(payload), { source: A[0], destination: R, nextHeader: 253 }), { linkType: 101, state })
    expect(seen.stop).not.toBe('')
  })
})

// ------------------------------------------------------------------ sessions

/** Walks packets at their times and hands the signals to the analysis. */
function analyse(profile: Profile, packets: readonly [number, Uint8Array][]) {
  const state = new StreamState(nodeCrypto)
  applyProfiles(state, [profile])
  const analyzer = createAnalyzer({
    flows: state.flows,
    baseNanoseconds: 0n,
    interfaces: [{ id: 0, name: 'upA', addresses: [] }],
    linkEvents: [],
    hasLinkLog: false,
  })
  const walk = new Walk(state, null as FieldRecorder | null, analyzer)
  const inOrder = [...packets].sort(([a], [b]) => a - b)
  inOrder.forEach(([seconds, packet], row) => {
    const time = Math.round(seconds * 1e9)
    walk.start(packet, 0, packet.length, packet.length, row, time, 0)
    dissectFrame(walk, 101)
    if (walk.flow >= 0) state.flows.count1(walk.flow, walk.direction, packet.length, time, 0, walk.hopLimit)
  })
  analyzer.finish(60e9)
  return analyzer
}

describe('sessions without code', () => {
  const mast = (verb: number, from: string, to: string, ...locators: string[]): Uint8Array =>
    emitUdpPacket(join([verb, locators.length, 0, 0], hex('0000cafe 00000001'), ...locators.map(bytes)), {
      source: from,
      destination: to,
      sourcePort: 49152,
      destinationPort: 49152,
    })
  const data = (from: string, to: string, n: number): Uint8Array =>
    emitUdpPacket(join([0, 0, 0, 0], hex('0000cafe 00000001'), [n >> 8, n & 255, 1, 2]), {
      source: from,
      destination: to,
      sourcePort: 49152,
      destinationPort: 49152,
    })

  it('a tag makes a context, claims make locators, data that changes its address is a rehoming', () => {
    const packets: [number, Uint8Array][] = [
      [0, mast(1, A[0], R)],
      [0.02, mast(2, R, A[0])],
      [6.5, mast(3, A[0], R, A[1])],
    ]
    for (let i = 0; i < 50; i++) packets.push([1 + i / 10, data(A[0], R, i)], [1.02 + i / 10, data(R, A[0], 1000 + i)])
    for (let i = 50; i < 100; i++) packets.push([2 + i / 10, data(A[1], R, i)], [2.02 + i / 10, data(R, A[1], 1000 + i)])
    packets.push([14, mast(6, A[1], R)])
    const analyzer = analyse(preset('mast'), packets)
    const session = analyzer.session('s1')
    expect([session?.protocol, session?.state, session?.identity, session?.endpoints[0].identifiers[0]]).toEqual([
      'profile:mast',
      'closed',
      'persistent',
      { kind: 'tag', value: '0000cafe' },
    ])
    expect(session?.endpoints.map((e) => e.locators.map((l) => `${l.address} ${l.how}`))).toEqual([
      [`${A[0]} initial`, `${A[1]} signalled`],
      [`${R} initial`],
    ])
    const moves = analyzer.rehomings()
    expect(moves.map((m) => [m.from.initiator, m.to.initiator, m.direction, m.signalled])).toEqual([[A[0], A[1], 'both', true]])
  })

  it('an identifier below changing prefixes keeps a plain transport together', () => {
    const lin6 = ['2001:db8:a:1:200:5eff:fe00:5301', '2001:db8:b:1:200:5eff:fe00:5301'] as const
    const udp = (from: string, to: string, n: number) =>
      emitUdpPacket(join([n >> 8, n & 255], hex('aabbccdd')), {
        source: from,
        destination: to,
        sourcePort: from === R ? 7000 : 40000,
        destinationPort: from === R ? 40000 : 7000,
      })
    const packets: [number, Uint8Array][] = []
    for (let i = 0; i < 40; i++) packets.push([i / 10, udp(lin6[0], R, i)], [0.02 + i / 10, udp(R, lin6[0], 1000 + i)])
    for (let i = 40; i < 90; i++) packets.push([1 + i / 10, udp(lin6[1], R, i)], [1.02 + i / 10, udp(R, lin6[1], 1000 + i)])
    const analyzer = analyse(preset('lin6'), packets)
    const moved = analyzer.rehomings().map((m) => [m.from.initiator, m.to.initiator])
    expect(moved).toEqual([[lin6[0], lin6[1]]])
  })

  it('without a profile the same packets are two plain conversations', () => {
    const none = { ...preset('lin6'), enabled: false }
    const udp = (from: string) => emitUdpPacket(hex('01'), { source: from, destination: R, sourcePort: 40000, destinationPort: 7000 })
    const analyzer = analyse(none, [
      [0, udp('2001:db8:a::1')],
      [1, udp('2001:db8:b::1')],
    ])
    expect([analyzer.sessionCount, analyzer.rehomings().length]).toEqual([2, 0])
  })
})
