import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  ack,
  DUMMY_MAC,
  espInfo,
  hipPacket,
  hostId,
  type LocatorParts,
  locatorSet,
  notification,
  parameter,
  seq,
  withChecksum,
} from '../../../dissectors/hip/emit.ts'
import { hipState, MAX_FAILURES } from '../../../dissectors/hip/state.ts'
import { Packet, Parameter } from '../../../dissectors/hip/wire.ts'
import { address, emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { bytes16, join } from '../../../dissectors/link/emit.ts'
import { formatIpv6 } from '../../../shared/address.ts'
import { Bench, family, type Outcome } from './bench.ts'

const I = '2001:21::1'
const R = '2001:21::2'
const A = '2001:db8:a::1'
const B = '2001:db8:b::1'
const C = '2001:db8:c::9'

const echoRequest = (bytes: number[]): Uint8Array => parameter(Parameter.EchoRequestSigned, bytes)
const echoResponse = (bytes: number[]): Uint8Array => parameter(Parameter.EchoResponseSigned, bytes)

function send(bench: Bench, source: string, destination: string, bytes: Uint8Array): Outcome {
  const packet = withChecksum(bytes, source, destination)
  return bench.packet(
    source.includes(':')
      ? emitIpv6(packet, { source, destination, nextHeader: 139 })
      : emitIpv4(packet, { source, destination, protocol: 139 }),
  )
}

const fromI = (type: number, ...parameters: Uint8Array[]): Uint8Array => hipPacket({ type, sender: I, receiver: R, parameters })
const fromR = (type: number, ...parameters: Uint8Array[]): Uint8Array => hipPacket({ type, sender: R, receiver: I, parameters })

function exchanged(bench: Bench): void {
  send(bench, A, C, fromI(Packet.I1))
  send(bench, C, A, fromR(Packet.R1))
  send(bench, A, C, fromI(Packet.I2, espInfo(0, 0x1111), DUMMY_MAC))
  send(bench, C, A, fromR(Packet.R2, espInfo(0, 0x2222), DUMMY_MAC))
}

/** of DUMMY_MAC: what tells a copy from a new claim */
const MAC = 'aa'.repeat(20)

const locators = (...all: LocatorParts[]): Uint8Array => locatorSet(...all)

describe('base exchange', () => {
  it('opens a context between two HITs in four steps', () => {
    const bench = new Bench()
    expect([
      send(bench, A, C, fromI(Packet.I1)).signals,
      send(bench, C, A, fromR(Packet.R1)).signals,
      send(bench, A, C, fromI(Packet.I2, espInfo(0, 0x1111), DUMMY_MAC)).signals,
      send(bench, C, A, fromR(Packet.R2, espInfo(0, 0x2222), DUMMY_MAC)).signals,
    ]).toEqual([
      ['hip opening #1> "I1" step=1 sender=hit:2001:21::1 receiver=hit:2001:21::2'],
      ['hip opening #1< "R1" step=2 sender=hit:2001:21::2 receiver=hit:2001:21::1'],
      ['hip opening #1> "I2" step=3 sender=hit:2001:21::1,spi:0x00001111 receiver=hit:2001:21::2'],
      ['hip opened #1< "R2" step=4 sender=hit:2001:21::2,spi:0x00002222 receiver=hit:2001:21::1'],
    ])
  })

  it('an opportunistic I1 belongs to the first that answers; a second one is another pair', () => {
    const bench = new Bench()
    const other = '2001:21::3'
    expect([
      send(bench, A, C, hipPacket({ type: Packet.I1, sender: I, receiver: '::' })).signals,
      send(bench, C, A, fromR(Packet.R1)).signals,
      send(bench, B, A, hipPacket({ type: Packet.R1, sender: other, receiver: I })).signals,
    ]).toEqual([
      ['hip opening #1> "I1" step=1 sender=hit:2001:21::1 receiver=opportunistic:::'],
      ['hip opening #1< "R1" step=2 sender=hit:2001:21::2 receiver=hit:2001:21::1'],
      ['hip opening #2> "R1" step=2 sender=hit:2001:21::3 receiver=hit:2001:21::1'],
    ])
  })

  it('notes a puzzle that gets harder', () => {
    const bench = new Bench()
    const puzzle = (k: number): Uint8Array => parameter(Parameter.Puzzle, [k, 37, 0, 1], new Uint8Array(32))
    send(bench, C, A, fromR(Packet.R1, puzzle(10)))
    expect(send(bench, C, A, fromR(Packet.R1, puzzle(11))).signals).toHaveLength(1)
    expect(send(bench, C, A, fromR(Packet.R1, puzzle(13))).signals[1]).toBe('hip noted #1> "R1: puzzle difficulty rises from 11 to 13"')
  })
})

describe('mobility', () => {
  it('readdresses in three packets: claim, echo, verified (RFC 8046 section 3.2)', () => {
    const bench = new Bench()
    exchanged(bench)
    const set = locators({ address: B, spi: 0x1111, preferred: true, lifetime: 300 })
    expect([
      send(bench, B, C, fromI(Packet.Update, espInfo(0x1111, 0x1111), set, seq(1), DUMMY_MAC)).signals,
      send(bench, C, B, fromR(Packet.Update, seq(9), ack(1), echoRequest([1, 2, 3]), DUMMY_MAC)).signals,
      send(bench, B, C, fromI(Packet.Update, ack(9), echoResponse([1, 2, 3]), DUMMY_MAC)).signals,
    ]).toEqual([
      [
        `hip claimed #1> "UPDATE: LOCATOR_SET" address=${B} how=signalled authentication=A3u serial=1 lifetime=300 proof=${MAC}`,
        `hip withdrawn #1> "UPDATE: LOCATOR_SET" address=${A} how=signalled authentication=A3u serial=1 proof=${MAC}`,
        `hip preferred #1> "UPDATE: LOCATOR_SET" address=${B} serial=1 authentication=A3u`,
      ],
      [
        `hip answered #1< "UPDATE: ACK" accepted serial=1 address=${B} authentication=A3u`,
        'hip probed #1< "UPDATE: ECHO_REQUEST" match=010203 authentication=A3u',
      ],
      [
        'hip probe-answered #1> "UPDATE: ECHO_RESPONSE" match=010203 authentication=A3u',
        'hip verified #1> "UPDATE: ECHO_RESPONSE" authentication=A3u',
      ],
    ])
  })

  it('an echo that comes from another address than it was sent to, or with other bytes, proves nothing', () => {
    const bench = new Bench()
    exchanged(bench)
    send(bench, C, B, fromR(Packet.Update, seq(9), echoRequest([1, 2, 3]), DUMMY_MAC))
    const elsewhere = send(bench, A, C, fromI(Packet.Update, ack(9), echoResponse([1, 2, 3]), DUMMY_MAC))
    const otherBytes = send(bench, B, C, fromI(Packet.Update, ack(9), echoResponse([1, 2, 4]), DUMMY_MAC))
    expect([...elsewhere.signals, ...otherBytes.signals].filter((one) => one.includes('verified'))).toEqual([])
  })

  it('locators of all types, IPv4 ones too, over IPv4', () => {
    const bench = new Bench()
    const set = locators(
      { address: '192.0.2.7' },
      { address: B, spi: 0x1111, preferred: true },
      { address: '198.51.100.7', port: 10500, spi: 5, lifetime: 60 },
    )
    const outcome = send(bench, '192.0.2.1', '192.0.2.9', fromI(Packet.Update, set, seq(1)))
    expect(outcome.signals.filter((one) => one.includes('claimed'))).toEqual([
      'hip claimed #1> "UPDATE: LOCATOR_SET" address=192.0.2.7 how=signalled authentication=A0 serial=1 lifetime=600',
      `hip claimed #1> "UPDATE: LOCATOR_SET" address=${B} how=signalled authentication=A0 serial=1 lifetime=600`,
      'hip claimed #1> "UPDATE: LOCATOR_SET" address=198.51.100.7 port=10500 how=signalled authentication=A0 serial=1 lifetime=60',
    ])
    expect(outcome.fields).toContain('hip.tlv.locator_port 10500')
    expect(outcome.checksum).toBe(2)
  })

  it('locators in R1 and I2 are listed; a lifetime of zero takes a locator back', () => {
    const bench = new Bench()
    expect(send(bench, C, A, fromR(Packet.R1, locators({ address: B }))).signals[1]).toContain(
      `claimed #1> "R1: LOCATOR_SET" address=${B} how=listed`,
    )
    const back = send(bench, A, C, fromI(Packet.Update, locators({ address: B, lifetime: 0 }), seq(1)))
    expect(back.signals).toEqual([
      `hip withdrawn #1< "UPDATE: LOCATOR_SET" address=${B} how=signalled authentication=A0 serial=1 lifetime=0`,
    ])
  })

  it("behind a relay the address in RELAY_FROM is the sender's own (RFC 5770 section 5.5); an I1 alone tells nothing", () => {
    const bench = new Bench()
    send(bench, '2001:db8:ff::6', C, fromI(Packet.I1))
    send(bench, '2001:db8:ff::5', C, fromI(Packet.I2, parameter(Parameter.RelayFrom, bytes16(10500), [17, 0], address(A))))
    const moved = send(bench, B, C, fromI(Packet.Update, locators({ address: B }), seq(1)))
    expect(moved.signals.filter((one) => one.includes('withdrawn'))).toEqual([
      `hip withdrawn #1> "UPDATE: LOCATOR_SET" address=${A} how=signalled authentication=A0 serial=1`,
    ])
  })

  it('an old update, sent again, claims but withdraws nothing; its acknowledgement is not taken twice', () => {
    const bench = new Bench()
    exchanged(bench)
    send(bench, A, C, fromI(Packet.Update, locators({ address: A }), seq(1), DUMMY_MAC))
    send(bench, B, C, fromI(Packet.Update, locators({ address: B }), seq(2), DUMMY_MAC))
    const replay = send(bench, '2001:db8:bad::1', C, fromI(Packet.Update, locators({ address: A }), seq(1), DUMMY_MAC))
    expect(replay.signals).toEqual([
      `hip claimed #1> "UPDATE: LOCATOR_SET" address=${A} how=signalled authentication=A3u serial=1 lifetime=600 proof=${MAC}`,
      'hip noted #1> "UPDATE: update id 1 is older than 2"',
    ])
    expect(send(bench, C, A, fromR(Packet.Update, ack(1, 2), DUMMY_MAC)).signals).toHaveLength(2)
    expect(send(bench, C, A, fromR(Packet.Update, ack(1, 2), DUMMY_MAC)).signals).toEqual([])
  })

  it('ESP_INFO: a new SPI, one more, one less', () => {
    const bench = new Bench()
    exchanged(bench)
    const said = (oldSpi: number, newSpi: number): string[] =>
      send(bench, A, C, fromI(Packet.Update, espInfo(oldSpi, newSpi), seq(1), DUMMY_MAC)).signals
    expect([said(0x1111, 0x3333), said(0, 0x4444), said(0x4444, 0), said(0x3333, 0x3333)]).toEqual([
      ['hip identified #1> "UPDATE: ESP_INFO" sender=spi:0x00003333 replaced=spi:0x00001111 authentication=A3u'],
      ['hip identified #1> "UPDATE: ESP_INFO" sender=spi:0x00004444 authentication=A3u'],
      ['hip identified #1> "UPDATE: ESP_INFO" replaced=spi:0x00004444 authentication=A3u'],
      [],
    ])
  })
})

describe('the end', () => {
  it('CLOSE begins it, CLOSE_ACK completes it', () => {
    const bench = new Bench()
    expect([
      ...send(bench, A, C, fromI(Packet.Close, echoRequest([7]), DUMMY_MAC)).signals,
      ...send(bench, C, A, fromR(Packet.CloseAck, echoResponse([7]), DUMMY_MAC)).signals,
    ]).toEqual([
      // an association whose base exchange was not seen: who they are is told once
      'hip identified #1> "CLOSE" sender=hit:2001:21::1 receiver=hit:2001:21::2 authentication=A3u',
      'hip closed #1> "CLOSE" authentication=A3u',
      'hip closed #1< "CLOSE_ACK" final authentication=A3u',
    ])
  })

  it('NOTIFY: errors refuse, states are noted', () => {
    const bench = new Bench()
    expect(send(bench, C, A, fromR(Packet.Notify, notification(42), notification(16384), notification(9999))).signals).toEqual([
      'hip identified #1> "NOTIFY" sender=hit:2001:21::2 receiver=hit:2001:21::1 authentication=A0',
      'hip refused #1> "NOTIFY" abrupt cause=BLOCKED_BY_POLICY authentication=A0',
      'hip noted #1> "NOTIFY: I2_ACKNOWLEDGEMENT"',
      'hip refused #1> "NOTIFY" abrupt cause=notification 9999 authentication=A0',
    ])
  })

  it('HIP_DATA carries its upper layer', () => {
    const data = join(hipPacket({ type: Packet.Data, sender: I, receiver: R, next: 17 }), [0, 1, 0, 2, 0, 12, 0, 0, 1, 2, 3, 4])
    const outcome = new Bench().packet(emitIpv6(data, { source: A, destination: C, nextHeader: 139 }))
    expect(outcome.signals[1]).toMatch(/^hip payload #1> space=4 unit=\d+ bytes=12$/)
    expect(outcome.fields).toContain('udp.dstport 2')
  })
})

// ------------------------------------------------------------------ what an observer can verify

const CONTEXT = Buffer.from('f0eff02fbff43d0fe7930c3c6e6174ea', 'hex')

/** HIT of a host identity, RFC 7343: middle 96 bits behind 2001:20::/28 and the suite. */
function hitOf(identity: Uint8Array, suite: 1 | 2 | 3): string {
  const digest = createHash(({ 1: 'sha256', 2: 'sha384', 3: 'sha1' } as const)[suite])
    .update(CONTEXT)
    .update(identity)
    .digest()
  const skip = (digest.length - 12) / 2
  return formatIpv6(join([0x20, 0x01, 0x00, 0x20 | suite], digest.subarray(skip, skip + 12)))
}

describe('HIT and host identity', () => {
  const identity = Buffer.from('example-host-identity-rdata')
  const check = (hit: string, version: 1 | 2, key: Uint8Array = identity): string | undefined =>
    family(
      send(
        new Bench(),
        A,
        C,
        hipPacket({ type: Packet.R1, version, sender: hit, receiver: I, parameters: [hostId(5, key, null, version)] }),
      ),
      'hip',
    ).find((one) => one.startsWith('mh.hip.hit_check'))

  it.each([
    ['version 2, suite 1', '2001:21:83d7:c3ba:2a1f:acd9:12ef:6a7', 2, "the sender's HIT is its hash"],
    ['version 1', '2001:1f:4cfa:8f23:e835:f2f2:6859:1d93', 1, "the sender's HIT is its hash"],
    ['one bit wrong', '2001:21:83d7:c3ba:2a1f:acd9:12ef:6a6', 2, "the sender's HIT is not its hash"],
    ['version 1, first bit wrong', '2001:17:4cfa:8f23:e835:f2f2:6859:1d93', 1, "the sender's HIT is not its hash"],
    ['an unknown suite', '2001:25:83d7:c3ba:2a1f:acd9:12ef:6a7', 2, 'not verifiable'],
    ['no ORCHID', '2001:db8::1', 2, 'not verifiable'],
  ] as const)('%s', (_, hit, version, verdict) => {
    expect(check(hit, version)).toBe(`mh.hip.hit_check ${verdict}`)
  })

  it.each([1, 2, 3] as const)('suite %i', (suite) => {
    expect(check(hitOf(identity, suite), 2)).toBe("mh.hip.hit_check the sender's HIT is its hash")
  })

  it('a foreign HOST_ID is noted and not kept', () => {
    const outcome = send(new Bench(), A, C, hipPacket({ type: Packet.R1, sender: R, receiver: I, parameters: [hostId(5, identity)] }))
    expect(outcome.signals[1]).toBe(`hip noted #1> "R1: HOST_ID does not hash to the sender's HIT"`)
  })

  it('domain identifiers: names in wire form and network access identifiers; control characters are escaped', () => {
    const domain = (type: number, bytes: number[]): string[] =>
      send(
        new Bench(),
        A,
        C,
        hipPacket({ type: Packet.R1, sender: R, receiver: I, parameters: [hostId(5, identity, { type, bytes })] }),
      ).fields.filter((one) => one.startsWith('hip.fqdn') || one.startsWith('hip.nai'))
    expect(domain(1, [1, 104, 4, 116, 101, 115, 116, 0])).toEqual(['hip.fqdn h.test'])
    expect(domain(2, [...Buffer.from('u@\u001b.example')])).toEqual(['hip.nai u@\\033.example'])
    expect(domain(1, [63, 1])).toEqual(['hip.fqdn \\001'])
  })
})

describe('the puzzle', () => {
  const K = 6
  const puzzleI = new Uint8Array(32).fill(0x11)
  const hits = join(address(I), address(R))
  const zeros = (hit: Uint8Array, j: Uint8Array): boolean =>
    ((createHash('sha256').update(puzzleI).update(hit).update(j).digest().at(-1) as number) & ((1 << K) - 1)) === 0
  const find = (hit: Uint8Array, wanted: boolean): Uint8Array => {
    for (let n = 0; ; n++) {
      const j = join(new Uint8Array(30), bytes16(n))
      if (zeros(hit, j) === wanted && (wanted || !zeros(join(address(R), address(I)), j))) return j
    }
  }
  const verdict = (j: Uint8Array): string[] => {
    const solution = parameter(Parameter.Solution, [K, 0, 0, 1], puzzleI, j)
    const outcome = send(new Bench(), A, C, fromI(Packet.I2, solution))
    return [...outcome.fields.filter((one) => one.startsWith('mh.hip.solution')), ...outcome.signals.slice(1)]
  }

  it('is solved: RHASH of I, both HITs and J ends with K zero bits', () => {
    expect(verdict(find(hits, true))).toEqual(['mh.hip.solution_check solves the puzzle'])
  })

  it('is solved with the HITs the other way round', () => {
    expect(verdict(find(join(address(R), address(I)), true))).toEqual(['mh.hip.solution_check solves the puzzle'])
  })

  it('is not solved', () => {
    expect(verdict(find(hits, false))).toEqual([
      'mh.hip.solution_check does not solve the puzzle',
      'hip noted #1> "I2: the solution does not solve the puzzle"',
    ])
  })
})

/** All INTEGERs of a DER structure in their order, without leading zeros; a BIT STRING is looked into. */
function derIntegers(bytes: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] as number
    const first = bytes[at + 1] as number
    const head = first < 128 ? 2 : 2 + (first & 127)
    let length = first < 128 ? first : 0
    for (let i = 2; i < head; i++) length = length * 256 + (bytes[at + i] as number)
    const content = bytes.subarray(at + head, at + head + length)
    if (tag === 0x30) out.push(...derIntegers(content))
    else if (tag === 0x03) out.push(...derIntegers(content.subarray(1)))
    else if (tag === 0x02) out.push(content[0] === 0 ? content.subarray(1) : content)
    at += head + length
  }
  return out
}

describe('signatures', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const jwk = rsa.publicKey.export({ format: 'jwk' })
  const rsaKey = join([3], Buffer.from(jwk.e as string, 'base64url'), Buffer.from(jwk.n as string, 'base64url'))
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const point = ec.publicKey.export({ format: 'jwk' })
  const ecKey = join([0, 1], Buffer.from(point.x as string, 'base64url'), Buffer.from(point.y as string, 'base64url'))

  const algorithms: {
    name: string
    algorithm: number
    key: Uint8Array
    suite: 1 | 2
    size: number
    signed: (data: Uint8Array) => Buffer
  }[] = [
    {
      name: 'RSA',
      algorithm: 5,
      key: rsaKey,
      suite: 1,
      size: 128,
      signed: (data: Uint8Array) => sign('sha256', data, rsa.privateKey),
    },
    {
      name: 'ECDSA',
      algorithm: 7,
      key: ecKey,
      suite: 2,
      size: 64,
      signed: (data: Uint8Array) => sign('sha384', data, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
    },
  ]

  const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
  const numbers = derIntegers(dsa.publicKey.export({ format: 'der', type: 'spki' }))
  const [p, q, g, y] = numbers.map((one, i) => join(new Uint8Array((i === 1 ? 20 : 128) - one.length), one)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  algorithms.push({
    name: 'DSA',
    algorithm: 3,
    // RFC 2536 section 2: T is 8 for 1,024 bits
    key: join([8], q, p, g, y),
    suite: 1,
    size: 41,
    signed: (data: Uint8Array) =>
      Buffer.concat([Uint8Array.of(8), sign('sha256', data, { key: dsa.privateKey, dsaEncoding: 'ieee-p1363' })]),
  })

  for (const { name, algorithm, key, suite, size, signed } of algorithms)
    describe(name, () => {
      const hit = hitOf(key, suite)
      const packet = (type: number, parameters: Uint8Array[], width: 1 | 2, spoil = false): Uint8Array => {
        const bare = hipPacket({ type, sender: hit, receiver: R, parameters })
        const covered = bare.slice()
        const kind = type === Packet.R1 ? Parameter.HipSignature2 : Parameter.HipSignature
        if (type === Packet.R1) covered.fill(0, 24, 40)
        const signature = Uint8Array.from(signed(covered))
        expect(signature.length).toBe(size)
        if (spoil) signature[9] = (signature[9] as number) ^ 1
        return hipPacket({
          type,
          sender: hit,
          receiver: R,
          parameters: [...parameters, parameter(kind, width === 2 ? bytes16(algorithm) : [algorithm], signature)],
        })
      }
      const update = (id: number, spoil = false, width: 1 | 2 = 2): Uint8Array =>
        packet(Packet.Update, [locatorSet({ address: B }), seq(id), DUMMY_MAC], width, spoil)
      const level = (outcome: Outcome): string | undefined => /authentication=(\w+)/.exec(outcome.signals[0] ?? '')?.[1]
      const check = (outcome: Outcome): string | undefined => outcome.fields.find((one) => one.startsWith('mh.hip.signature_check'))

      it('of an R1 is right without the receiver, and makes later ones verifiable', () => {
        const bench = new Bench()
        expect(check(send(bench, A, C, packet(Packet.R1, [hostId(algorithm, key)], 2)))).toBe('mh.hip.signature_check right')
        expect(level(send(bench, A, C, update(1)))).toBe('A4v')
        expect(level(send(bench, A, C, update(2, false, 1)))).toBe('A4v')
        const forged = send(bench, A, C, update(3, true))
        expect(level(forged)).toBe('AX')
        expect(forged.signals.some((one) => one.includes('UPDATE: the signature is not of the key that signed before'))).toBe(true)
        expect(check(forged)).toBe('mh.hip.signature_check wrong: the same key has signed other packets')
        expect(forged.signals.filter((one) => one.includes('withdrawn'))).toEqual([])
      })

      it('are no longer checked after too many wrong ones', () => {
        const bench = new Bench()
        send(bench, A, C, packet(Packet.R1, [hostId(algorithm, key)], 2))
        bench.state.of(hipState).failures = MAX_FAILURES
        expect(level(send(bench, A, C, update(1, true)))).toBe('A4u')
      })

      it('that never was right proves nothing wrong; nor does one without a known key', () => {
        const bench = new Bench()
        expect(level(send(bench, A, C, update(1)))).toBe('A4u')
        send(bench, A, C, packet(Packet.R1, [hostId(algorithm, key)], 2, true))
        expect(level(send(bench, A, C, update(2, true)))).toBe('A4u')
        expect(level(send(bench, A, C, update(3)))).toBe('A4v')
      })
    })
})
