/** Recognisers that look at bytes: checksums over earlier addresses, hash chains, addresses in payloads. Whole packets, as captured. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { names } from '../../../../dissectors/core/address-in-payload.ts'
import { address, emitIpv4 } from '../../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../../dissectors/ipv6/emit.ts'
import { applyProfiles } from '../../../../dissectors/profile/table.ts'
import { ACK, emitTcp, PSH_ACK, SYN } from '../../../../dissectors/tcp/emit.ts'
import { emitUdp, emitUdpPacket } from '../../../../dissectors/udp/emit.ts'
import { parseProfile } from '../../../../shared/profile.ts'
import { WireStage } from '../wire-stage.ts'

const A = '2001:db8:a::10'
const B = '2001:db8:b::10'
const S = '2001:db8:f::80'

/** 'rule severity frames' */
function found(stage: WireStage): string[] {
  return stage
    .finish()
    .analyzer.findings()
    .filter((f) => /^T-H/.test(f.rule))
    .map((f) => `${f.rule} ${f.severity} ${f.frames.join(',')}`)
}

type Summed = 'earlier' | 'wire' | 'card' | 'broken'

/** A datagram on the wire from `source`, whose checksum covers what `summed` says. */
function datagram(source: string, summed: Summed, n: number, port = 6000): Uint8Array {
  const payload = new TextEncoder().encode(`message number ${n}`)
  const covered = summed === 'earlier' ? A : source
  const bytes = emitUdp(payload, { sourcePort: port, destinationPort: 7001, source: covered, destination: S })
  if (summed === 'broken') bytes[6] = (bytes[6] as number) ^ 0x5a
  if (summed === 'card') {
    // only the pseudo header, not complemented: the network card is to add the rest
    let sum = 17 + bytes.length
    for (const text of [source, S]) {
      const octets = address(text)
      for (let i = 0; i < 16; i += 2) sum += (octets[i] as number) * 256 + (octets[i + 1] as number)
    }
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
    bytes.set([sum >> 8, sum & 255], 6)
  }
  return emitIpv6(bytes, { source, destination: S, nextHeader: 17 })
}

describe('checksums over an address pair seen before', () => {
  const run = (summed: Summed, port = 6000, count = 6): string[] => {
    const stage = new WireStage()
    for (let i = 0; i < 5; i++) stage.packet(i / 10, datagram(A, 'wire', i))
    for (let i = 0; i < count; i++) stage.packet(1 + i / 10, datagram(B, summed, 10 + i, port))
    return found(stage)
  }

  test('two packets that fit: one finding', () => {
    expect(run('earlier')).toEqual(['T-HIDDEN-ID info 6,7'])
  })
  test.each([
    ['right checksums', 'wire', 6000, 6],
    ['left to the network card', 'card', 6000, 6],
    ['damaged', 'broken', 6000, 6],
    ['other ports, so nobody had them before', 'earlier', 6001, 6],
    ['one packet that fits may be an accident', 'earlier', 6000, 1],
  ] as const)('%s: nothing', (_name, summed, port, count) => {
    expect(run(summed, port, count)).toEqual([])
  })

  test('nothing about Shim6: its payload header says so itself', () => {
    const stage = new WireStage()
    for (let i = 0; i < 5; i++) stage.packet(i / 10, datagram(A, 'wire', i))
    for (let i = 0; i < 6; i++) {
      const inner = datagram(B, 'earlier', i).subarray(40)
      const header = Uint8Array.of(17, 0, 0x80, 0, 0, 0, 0x12, 0x34)
      const payload = new Uint8Array(header.length + inner.length)
      payload.set(header)
      payload.set(inner, header.length)
      stage.packet(1 + i / 10, emitIpv6(payload, { source: B, destination: S, nextHeader: 140 }))
    }
    expect(found(stage)).toEqual([])
  })

  const segment = (source: string, flags: number, sequence: number, covered = source): Uint8Array =>
    emitIpv6(
      emitTcp({
        source: address(covered),
        destination: address(S),
        sourcePort: 40000,
        destinationPort: 8000,
        sequence,
        acknowledgment: 900,
        flags,
        payload: flags === SYN ? new Uint8Array(0) : new Uint8Array(20).fill(sequence & 255),
      }),
      { source, destination: S, nextHeader: 6 },
    )

  test('TCP too, and not when it begins with a SYN', () => {
    const stage = new WireStage()
    stage
      .packet(0, segment(A, SYN, 100))
      .packet(0.1, segment(A, ACK, 101))
      .packet(0.2, segment(A, PSH_ACK, 121))
    for (let i = 0; i < 4; i++) stage.packet(1 + i / 10, segment(B, PSH_ACK, 141 + i * 20, A))
    expect(found(stage)).toEqual(['T-HIDDEN-ID info 4,5'])
    const fresh = new WireStage()
    fresh.packet(0, segment(A, SYN, 100)).packet(0.1, segment(A, PSH_ACK, 101))
    fresh.packet(1, segment(B, SYN, 100, A))
    for (let i = 0; i < 4; i++) fresh.packet(1.1 + i / 10, segment(B, PSH_ACK, 101 + i * 20, A))
    expect(found(fresh)).toEqual([])
  })
})

describe('hash chains', () => {
  const hash = (name: 'sha1' | 'md5', value: Uint8Array, size: number): Uint8Array =>
    Uint8Array.from(createHash(name).update(value).digest()).subarray(0, size)
  const message = (value: Uint8Array, source = '192.0.2.1', destination = '192.0.2.2', lead = 8): Uint8Array => {
    const payload = new Uint8Array(lead + value.length + 4).fill(7)
    payload.set(value, lead)
    return emitIpv4(payload, { source, destination, protocol: 253 })
  }
  const seed = Uint8Array.from({ length: 20 }, (_, i) => i * 11 + 3)

  test.each([
    ['SHA-1, 20 bytes', 'sha1', 20],
    ['MD5, 16 bytes', 'md5', 16],
    ['SHA-1 cut to 16 bytes', 'sha1', 16],
  ] as const)('%s: a chain of four values, revealed one by one by both', (_name, name, size) => {
    const chain: Uint8Array[] = [seed.subarray(0, size)]
    for (let i = 0; i < 3; i++) chain.push(hash(name, chain[i] as Uint8Array, size))
    const stage = new WireStage()
    for (const [i, value] of chain.reverse().entries()) stage.packet(i, message(value))
    expect(found(stage)).toEqual(['T-HASH-CHAIN info 1,2,3,4'])
  })

  test.each([
    ['the value first, then its hash', [seed, hash('sha1', seed, 20)], undefined],
    ['the same value again', [seed, seed], undefined],
    ['between other hosts', [hash('sha1', seed, 20), seed], '192.0.2.3'],
    ['not on a 4-byte border', [hash('sha1', seed, 20), seed], 'odd'],
  ] as const)('%s: nothing', (_name, values, other) => {
    const stage = new WireStage()
    values.forEach((value, i) => {
      stage.packet(
        i,
        message(value, i === 1 && other !== 'odd' ? (other ?? '192.0.2.1') : '192.0.2.1', '192.0.2.2', i === 1 && other === 'odd' ? 7 : 8),
      )
    })
    expect(found(stage)).toEqual([])
  })

  test('fields that a profile calls hashAnchor', () => {
    const made = {
      id: 'chained',
      title: 'Chained',
      enabled: true,
      bind: { udpPort: 50000 },
      fields: [
        { name: 'type', bits: 8, kind: 'uint', role: 'msgType' },
        { name: 'anchor', bits: 160, kind: 'bytes', role: 'hashAnchor' },
      ],
      msgTypes: { 1: { name: 'UPDATE', effect: 'data' } },
    }
    const parsed = parseProfile(JSON.stringify(made), 'chained')
    if (!parsed.ok) throw new Error(parsed.problems.join())
    const { profile } = parsed
    const run = (values: Uint8Array[]): string[] => {
      const stage = new WireStage()
      applyProfiles(stage.state, [profile])
      values.forEach((value, i) => {
        const payload = new Uint8Array(21)
        payload[0] = 1
        payload.set(value, 1)
        stage.packet(i, emitUdpPacket(payload, { source: A, destination: S, sourcePort: 50001, destinationPort: 50000 }))
      })
      return found(stage)
    }
    expect(run([hash('sha1', seed, 20), seed])).toEqual(['T-HASH-CHAIN info 1,2'])
    expect(run([seed, hash('sha1', seed, 20)])).toEqual([])
  })
})

describe('an address named in a payload before a session uses it', () => {
  const text = (words: string): Uint8Array => new TextEncoder().encode(words)
  const control = (payload: Uint8Array, source = A, destination = S): Uint8Array =>
    emitUdpPacket(payload, { source, destination, sourcePort: 5500, destinationPort: 5501 })
  const C = '2001:db8:c::99'

  /** A connection from A that goes on from B at 4 s; `said` at 3 s. Marks that name something. */
  const marks = (said: [number, Uint8Array][]): string[] => {
    const stage = new WireStage()
    const all: [number, Uint8Array][] = [...said]
    const segment = (
      source: string,
      destination: string,
      sequence: number,
      acknowledgment: number,
      size: number,
      flags = PSH_ACK,
    ): Uint8Array =>
      emitIpv6(
        emitTcp({
          source: address(source),
          destination: address(destination),
          sourcePort: source === S ? 8000 : 40000,
          destinationPort: source === S ? 40000 : 8000,
          sequence,
          acknowledgment,
          flags,
          payload: new Uint8Array(size).fill(sequence & 127),
        }),
        { source, destination, nextHeader: 6 },
      )
    all.push([0, segment(A, S, 99, 0, 0, SYN)], [0.01, segment(S, A, 499, 100, 0, SYN | ACK)], [0.02, segment(A, S, 100, 500, 0, ACK)])
    for (let i = 0; i < 80; i++) {
      const from = i < 40 ? A : B
      const t = i < 40 ? 1 + i * 0.05 : 4 + (i - 40) * 0.05
      all.push([t, segment(from, S, 100 + i * 100, 500, 100)], [t + 0.01, segment(S, from, 500, 200 + i * 100, 0, ACK)])
    }
    all.sort((x, y) => x[0] - y[0])
    for (const [t, bytes] of all) stage.packet(t, bytes)
    stage.finish(20)
    const session = stage.sessions().find((s) => s.protocol === 'tcp')
    expect(session?.pairs.length).toBe(2)
    return (session?.timeline ?? []).filter((m) => /named/.test(m.detail)).map((m) => m.detail)
  }
  const said = (before: number, port = '5500 → 5501') => `${B} is named in a payload (UDP ${port}), ${before} s before the session used it`

  test.each([
    ['text', text(`SET locators=${A},${B}`)],
    ['text at the end of a sentence', text(`use ${B}. Then go`)],
    ['bytes', Uint8Array.from([1, 2, 3, ...address(B), 9])],
  ])('in %s', (_name, payload) => {
    expect(marks([[3, control(payload)]])).toEqual([said(1)])
  })

  test.each([
    ['another address', [[3, control(text(`SET ${C}`))]]],
    ['part of a longer one', [[3, control(text(`SET ${B}f1 and 1${B}`))]]],
    ['between other hosts', [[3, control(text(`SET ${B}`), C, S)]]],
    ['from the address itself', [[3, control(text(`I am ${B}`), B, S)]]],
    ['afterwards', [[9, control(text(`SET ${B}`))]]],
  ] as [string, [number, Uint8Array][]][])('%s: nothing', (_name, said) => {
    expect(marks(said)).toEqual([])
  })

  test('IPv4 in four bytes only when they are no ordinary number', () => {
    const bytes = (...octets: number[]): Uint8Array => Uint8Array.from([9, 9, ...octets, 9])
    expect(names(bytes(198, 51, 100, 7), address('198.51.100.7'), '198.51.100.7')).toBe(true)
    expect(names(bytes(10, 0, 0, 1), address('10.0.0.1'), '10.0.0.1')).toBe(false)
    expect(names(text('at 10.0.0.1:80'), address('10.0.0.1'), '10.0.0.1')).toBe(true)
    expect(names(text('at 110.0.0.1 or 10.0.0.12 or 10.0.0.1.5'), address('10.0.0.1'), '10.0.0.1')).toBe(false)
  })
})
