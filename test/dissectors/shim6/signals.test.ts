import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { address } from '../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { bytes32, join } from '../../../dissectors/link/emit.ts'
import { checkCga, checkHba, Ownership } from '../../../dissectors/shim6/addresses.ts'
import {
  errorMessage,
  forkedInstance,
  i1,
  i2,
  i2bis,
  keepalive,
  locatorList,
  locatorPreferences,
  option,
  payloadHeader,
  probe,
  r1,
  r1bis,
  r2,
  specific,
  ulidPair,
  updateAcknowledgement,
  updateRequest,
  validator,
} from '../../../dissectors/shim6/emit.ts'
import { Message, Option } from '../../../dissectors/shim6/wire.ts'
import { emitUdp } from '../../../dissectors/udp/emit.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { formatIpv6 } from '../../../shared/address.ts'
import { Bench, family, hex, type Outcome } from '../hip/bench.ts'

const SHIM6 = 140
const HBA = 1
const CGA = 2
const TAG_I = 0x1111_2222_3333
const TAG_R = 0x4444_5555_6666
const NONCE = 0xdeadbeef

// ------------------------------------------------------------------ a set of hash based addresses (RFC 5535)

const PREFIX_A = '20010db8000a0000'
const PREFIX_B = '20010db8000b0000'
/** modifier 00..0f, prefix, collision count 0, key 40..57, extension 0012 with both prefixes */
const SET = hex(
  `000102030405060708090a0b0c0d0e0f ${PREFIX_A} 00 404142434445464748494a4b4c4d4e4f5051525354555657
   0012 0014 00000000 ${PREFIX_A} ${PREFIX_B}`,
)
const A = '2001:db8:a:0:1c4b:1c80:f3e4:1257'
const B = '2001:db8:b:0:1881:98e4:02de:624e'
const R = '2001:db8:c::9'
const S = '2001:db8:d::9'
const BAD = '2001:db8:bad::66'

const cgaParameters = (bytes: Uint8Array): Uint8Array => option(Option.CgaParameters, true, bytes)

function send(bench: Bench, source: string, destination: string, bytes: Uint8Array): Outcome {
  return bench.packet(emitIpv6(bytes, { source, destination, nextHeader: SHIM6 }))
}

/** A context between A and R is up; A's set is known. */
function established(bench: Bench): void {
  send(bench, A, R, i1(TAG_I, NONCE))
  send(bench, R, A, r1(NONCE, 1, validator(new Uint8Array(20))))
  send(bench, A, R, i2(TAG_I, NONCE, 1, validator(new Uint8Array(20)), cgaParameters(SET), list(1)))
  send(bench, R, A, r2(TAG_R, NONCE))
}

function list(generation: number, ...more: string[]): Uint8Array {
  return locatorList(generation, ...[A, B, ...more].map((one) => ({ address: one, method: HBA })))
}

describe('addresses that prove themselves', () => {
  it('HBA: both addresses of the set, and no other', () => {
    const check = (text: string, parameters = SET): Ownership => checkHba(nodeCrypto, parameters, address(text))
    expect({
      a: check(A),
      b: check(B),
      'the universal and group bits do not count': check('2001:db8:a:0:1f4b:1c80:f3e4:1257'),
      'another identifier': check('2001:db8:a:0:1c4b:1c80:f3e4:1258'),
      "the other prefix's identifier": check('2001:db8:b:0:1c4b:1c80:f3e4:1257'),
      'a prefix that is not listed': check('2001:db8:e:0:1c4b:1c80:f3e4:1257'),
      'Sec 1, whose second hash does not begin with zeros': check('2001:db8:a:0:3c4b:1c80:f3e4:1257'),
      'parameters too short': check(A, SET.slice(0, 24)),
      'a collision count above 2': check(
        A,
        Uint8Array.from(SET, (byte, i) => (i === 24 ? 3 : byte)),
      ),
    }).toEqual({
      a: Ownership.Proven,
      b: Ownership.Proven,
      'the universal and group bits do not count': Ownership.Proven,
      'another identifier': Ownership.Wrong,
      "the other prefix's identifier": Ownership.Wrong,
      'a prefix that is not listed': Ownership.Wrong,
      'Sec 1, whose second hash does not begin with zeros': Ownership.Wrong,
      'parameters too short': Ownership.Unknown,
      'a collision count above 2': Ownership.Wrong,
    })
  })

  it('CGA: the vector of RFC 3972 parameters with a DER key', () => {
    const key =
      '305c300d06092a864886f70d0101010500034b003048024100c29102d1da90e54b7a6b0c94ab7f2d5e2b9c2c1b6ee7a6b94bd1d0f4fbc1c9e7fc3e2a9a4c3a5bcf9c7c1a2f3f1bd8a64a0f42b2d1c7a8a3a17a5b6f7e1c2d3b0203010001'
    const parameters = hex(`000102030405060708090a0b0c0d0e0f ${PREFIX_A} 00 ${key}`)
    expect(checkCga(nodeCrypto, parameters, address('2001:db8:a:0:0898:4edc:8242:c853'))).toBe(Ownership.Proven)
    expect(checkCga(nodeCrypto, parameters, address('2001:db8:b:0:0898:4edc:8242:c853'))).toBe(Ownership.Wrong)
    expect(checkCga(nodeCrypto, parameters, address('2001:db8:a:0:0898:4edc:8242:c854'))).toBe(Ownership.Wrong)
  })

  it('CGA with Sec 1: 16 zero bits of the second hash are needed', () => {
    // The modifier is what an owner searches for (RFC 3972 section 4).
    const base = join(new Uint8Array(16), hex(PREFIX_A), [0], hex('30020500'))
    let found = base
    for (let n = 0; ; n++) {
      found = base.slice()
      found.set(bytes32(n), 12)
      const second = found.slice()
      second.fill(0, 16, 25)
      const digest = nodeCrypto.sha1(second)
      if (digest[0] === 0 && digest[1] === 0) break
    }
    const identifier = nodeCrypto.sha1(found).slice(0, 8)
    identifier[0] = ((identifier[0] as number) & 0x1c) | 0x20
    expect(checkCga(nodeCrypto, found, join(hex(PREFIX_A), identifier))).toBe(Ownership.Proven)
    identifier[0] |= 0x40
    expect(checkCga(nodeCrypto, found, join(hex(PREFIX_A), identifier))).toBe(Ownership.Wrong)
  })
})

describe('establishment', () => {
  it('four messages; locators are claimed with proof; the tags of both ends are known then', () => {
    const bench = new Bench()
    expect([
      send(bench, A, R, i1(TAG_I, NONCE)).signals,
      send(bench, R, A, r1(NONCE, 1, validator([1]))).signals,
      send(bench, A, R, i2(TAG_I, NONCE, 1, cgaParameters(SET), list(1, BAD))).signals,
      send(bench, R, A, r2(TAG_R, NONCE)).signals,
      send(bench, B, R, keepalive(TAG_R)).signals,
      send(bench, R, B, keepalive(TAG_I)).signals,
    ]).toEqual([
      [`shim6 opening #1> "I1" step=1 sender=ulid:${short(A)},context-tag:0x111122223333 receiver=ulid:${R}`],
      [`shim6 opening #1< "R1" step=2 sender=ulid:${R} receiver=ulid:${short(A)}`],
      [
        `shim6 opening #1> "I2" step=3 sender=ulid:${short(A)},context-tag:0x111122223333 receiver=ulid:${R}`,
        `shim6 claimed #1> "I2: Locator List" address=${short(A)} how=listed authentication=A4v serial=1 proof=deadbeef`,
        `shim6 claimed #1> "I2: Locator List" address=${short(B)} how=listed authentication=A4v serial=1 proof=deadbeef`,
        `shim6 claimed #1> "I2: Locator List" address=${BAD} how=listed authentication=AX serial=1 proof=deadbeef`,
      ],
      [`shim6 opened #1< "R2" step=4 sender=ulid:${R},context-tag:0x444455556666 receiver=ulid:${short(A)}`],
      ['shim6 noted #1> token=0x55556666 "Keepalive: path is alive"'],
      ['shim6 noted #1< token=0x22223333 "Keepalive: path is alive"'],
    ])
  })

  it('the verdict stands in the tree, also when the parameters follow the list', () => {
    const bench = new Bench()
    const checks = (outcome: Outcome): string[] => outcome.fields.filter((one) => one.startsWith('mh.shim6.locator_check'))
    const proven = 'mh.shim6.locator_check proven'
    const wrong = 'mh.shim6.locator_check wrong: the address does not follow from the parameters'
    expect(checks(send(bench, A, R, i2(TAG_I, NONCE, 1, list(1, BAD), cgaParameters(SET))))).toEqual([proven, proven, wrong])
    expect(checks(send(new Bench(), A, R, i2(TAG_I, NONCE, 1, list(1))))).toEqual(Array(2).fill('mh.shim6.locator_check not verifiable'))
  })

  it('ULID pair and forked instance name another context than the addresses', () => {
    const bench = new Bench()
    send(bench, A, R, i1(TAG_I, NONCE))
    expect(send(bench, B, S, i1(TAG_I + 1, NONCE + 1, ulidPair(A, R))).signals[0]).toContain('#1>')
    const forked = send(bench, B, S, i1(TAG_I + 2, NONCE + 2, ulidPair(A, R), forkedInstance(7)))
    expect(forked.signals).toEqual([
      `shim6 opening #2> "I1" step=1 sender=ulid:${short(A)},forked-instance:7,context-tag:0x111122223335 receiver=ulid:${R}`,
    ])
  })

  it('a context that one end has lost: R1bis names the tag, I2bis and R2 bring it back', () => {
    const bench = new Bench()
    established(bench)
    expect([
      send(bench, R, A, r1bis(TAG_R, 5, validator([1]))).signals,
      send(bench, A, R, i2bis(TAG_I + 9, NONCE + 1, 5, TAG_R)).signals,
      send(bench, R, A, r2(TAG_R + 9, NONCE + 1)).signals,
      send(bench, A, R, keepalive(TAG_R + 9)).signals,
      send(bench, A, R, keepalive(TAG_R)).signals,
    ]).toEqual([
      [`shim6 opening #1< "R1bis" step=2 sender=ulid:${R},context-tag:0x444455556666 receiver=ulid:${short(A)}`],
      [`shim6 opening #1> "I2bis" step=3 sender=ulid:${short(A)},context-tag:0x11112222333c receiver=ulid:${R},context-tag:0x444455556666`],
      [`shim6 opened #1< "R2" step=4 sender=ulid:${R},context-tag:0x44445555666f receiver=ulid:${short(A)}`],
      ['shim6 noted #1> token=0x5555666f "Keepalive: path is alive"'],
      ['shim6 noted token=0x55556666 "Keepalive: path is alive"'],
    ])
  })
})

/** RFC 5952 text of an address. */
function short(text: string): string {
  return formatIpv6(address(text))
}

describe('updates', () => {
  it('a newer list withdraws what it leaves out; preferences and the answer', () => {
    const bench = new Bench()
    established(bench)
    const one = locatorList(2, { address: B, method: HBA })
    expect([
      send(bench, B, R, updateRequest(TAG_R, 77, one, locatorPreferences(2, 3, [1, 4, 9]))).signals,
      send(bench, R, B, updateAcknowledgement(TAG_I, 77)).signals,
      send(bench, R, B, updateAcknowledgement(TAG_I, 77)).signals,
    ]).toEqual([
      [
        `shim6 claimed #1> token=0x55556666 "Update Request: Locator List" address=${short(B)} how=signalled authentication=A4v serial=2 correlation=77 proof=0000004d preference=4 weight=9`,
        `shim6 withdrawn #1> token=0x55556666 "Update Request: Locator List" address=${short(A)} how=signalled authentication=A1 serial=2 correlation=77 proof=0000004d`,
        `shim6 preferred #1> token=0x55556666 "Locator Preferences: priority 4, broken" address=${short(B)} backup serial=2 correlation=77 authentication=A1`,
      ],
      [`shim6 answered #1< token=0x22223333 "Update Acknowledgement" accepted correlation=77 address=${short(B)} authentication=A1`],
      [],
    ])
  })

  it('a list with a locator that is not of the set changes nothing; preferring it is worth no more', () => {
    const bench = new Bench()
    established(bench)
    const forged = send(bench, B, R, updateRequest(TAG_R, 78, locatorList(5, { address: BAD, method: HBA }), locatorPreferences(5, 1, [0])))
    expect(forged.signals).toEqual([
      `shim6 claimed #1> token=0x55556666 "Update Request: Locator List" address=${BAD} how=signalled authentication=AX serial=5 correlation=78 proof=0000004e preference=0 weight=0`,
      `shim6 preferred #1> token=0x55556666 "Locator Preferences: priority 0" address=${BAD} serial=5 correlation=78 authentication=AX`,
    ])
    expect(send(bench, A, R, updateRequest(TAG_R, 79, list(2))).signals.filter((one) => one.includes('withdrawn'))).toEqual([])
  })

  it('a list of an old generation with other locators is noted', () => {
    const bench = new Bench()
    established(bench)
    send(bench, A, R, updateRequest(TAG_R, 80, locatorList(3, { address: B, method: HBA })))
    expect(send(bench, A, R, updateRequest(TAG_R, 81, list(2))).signals.at(-1)).toBe(
      'shim6 noted #1> token=0x55556666 "Update Request: locator list of generation 2, the latest is 3"',
    )
  })

  it('an Error refuses the update that it quotes', () => {
    const bench = new Bench()
    established(bench)
    const request = updateRequest(TAG_R, 82, locatorList(4, { address: B, method: HBA }))
    send(bench, A, R, request)
    const outcome = send(bench, R, A, errorMessage(2, 21, request))
    expect(outcome.signals).toEqual([
      'shim6 refused #1< "Error" cause=locator verification method failed authentication=A1',
      `shim6 answered #1< "Error" correlation=82 address=${short(B)} authentication=A1 cause=locator verification method failed`,
    ])
    expect(family(outcome, 'shim6')).toEqual(expect.arrayContaining(['mh.shim6.error_code 2', 'mh.shim6.error_pointer 21']))
  })

  it('an unknown tag belongs to no context', () => {
    const outcome = send(new Bench(), A, R, updateRequest(0x7fff_ffff_ffff, 1, list(1)))
    expect(outcome.signals[0]).toMatch(/^shim6 claimed token=0xffffffff /)
  })

  it('CGA: the list is signed by the key that the ULID is made of', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const parameters = join(new Uint8Array(16).fill(7), hex(PREFIX_A), [0], publicKey.export({ format: 'der', type: 'spki' }))
    const identifier = nodeCrypto.sha1(parameters).slice(0, 8)
    identifier[0] = (identifier[0] as number) & 0x1c
    const ulid = formatIpv6(join(hex(PREFIX_A), identifier))
    const tag = hex('4a3056624858574b3655416f506a6d48')
    const update = (signature: Uint8Array): string | undefined => {
      const bench = new Bench()
      send(bench, ulid, R, i1(TAG_I, NONCE))
      const options = [locatorList(1, { address: S, method: CGA }), cgaParameters(parameters), option(Option.CgaSignature, true, signature)]
      const outcome = send(bench, ulid, R, i2(TAG_I, NONCE, 1, ...options))
      return /authentication=(\w+)/.exec(outcome.signals[1] ?? '')?.[1]
    }
    const good = sign('sha1', join(tag, bytes32(1), address(S)), privateKey)
    const spoiled = Uint8Array.from(good, (byte, i) => (i === 3 ? byte ^ 1 : byte))
    expect([update(good), update(spoiled)]).toEqual(['A4v', 'AX'])
  })
})

describe('REAP', () => {
  it('probes are answered in the other direction; a report of a probe that was seen proves its pair', () => {
    const bench = new Bench()
    established(bench)
    const out = { source: B, destination: S, nonce: 0xa01 }
    const back = { source: S, destination: B, nonce: 0xb01 }
    expect([
      send(bench, B, S, probe(TAG_R, 1, [out], [])).signals,
      send(bench, S, B, probe(TAG_I, 2, [back], [out])).signals,
      send(bench, B, S, probe(TAG_R, 0, [{ ...out, nonce: 0xa02 }], [{ ...back, nonce: 0xb02 }])).signals,
    ]).toEqual([
      ['shim6 probed #1> token=0x55556666 "Probe (Exploring)" match=00000a01 authentication=A1'],
      [
        'shim6 probed #1< token=0x22223333 "Probe (InboundOK)" match=00000b01 authentication=A1',
        'shim6 probe-answered #1< token=0x22223333 "Probe (InboundOK)" match=00000a01 authentication=A1',
        `shim6 verified #1< token=0x22223333 "Probe (InboundOK)" authentication=A2 source=${short(B)} destination=${S}`,
      ],
      [
        'shim6 probed #1> token=0x55556666 "Probe (Operational)" match=00000a02 authentication=A1',
        'shim6 probe-answered #1> token=0x55556666 "Probe (Operational)" match=00000b02 authentication=A1',
      ],
    ])
  })

  it('a probe whose own report names other addresses was rewritten on its way', () => {
    const bench = new Bench()
    established(bench)
    const outcome = send(bench, BAD, S, probe(TAG_R, 1, [{ source: B, destination: S, nonce: 1 }], []))
    expect(outcome.signals[1]).toBe(
      'shim6 noted #1> token=0x55556666 "Probe: the report of this probe names other addresses than the packet has"',
    )
  })
})

describe('payload', () => {
  const datagram = emitUdp(new Uint8Array([1, 2, 3, 4]), { sourcePort: 1000, destinationPort: 2000, source: A, destination: R })
  const plain = emitIpv6(datagram, { source: A, destination: R, nextHeader: 17 })

  it('between other locators: by its tag, with the checksum over the ULIDs', () => {
    const bench = new Bench()
    established(bench)
    const outcome = send(bench, B, S, payloadHeader(17, TAG_R, datagram))
    expect(outcome.signals).toEqual([expect.stringMatching(/^shim6 payload #1> token=0x55556666 space=4 unit=\d+ bytes=4$/)])
    expect(outcome.fields).toContain('mh.checksum good')
    expect(outcome.fields).toContain(`mh.shim6.ulids ${short(A)} → ${R}`)
  })

  it('without a known context the checksum over the addresses is wrong, and there is no number', () => {
    const outcome = send(new Bench(), B, S, payloadHeader(17, TAG_R, datagram))
    expect(outcome.fields).toContain('mh.checksum bad')
    expect(outcome.signals).toEqual([expect.stringMatching(/^shim6 payload token=0x55556666 /)])
  })

  it('between the ULIDs: a plain packet, the same unit, once the context is up', () => {
    const bench = new Bench()
    expect(bench.packet(plain).signals).toEqual([])
    established(bench)
    const bare = bench.packet(plain).signals
    expect(bare).toEqual([expect.stringMatching(/^shim6 payload #1> space=4 unit=\d+ bytes=4$/)])
    const unit = (line: string | undefined): string | undefined => /unit=(\d+)/.exec(line ?? '')?.[1]
    expect(unit(send(bench, B, S, payloadHeader(17, TAG_R, datagram)).signals[0])).toBe(unit(bare[0]))
    expect(bench.packet(emitIpv6(datagram, { source: A, destination: S, nextHeader: 17 })).signals).toEqual([])
  })

  it('has a header of eight bytes', () => {
    const long = payloadHeader(17, TAG_R, datagram)
    long[1] = 1
    expect(send(new Bench(), B, S, long).stop).toBe('malformed')
  })
})

describe('what is wrong', () => {
  it.each([
    ['a length past the packet', Uint8Array.from(keepalive(1), (byte, i) => (i === 1 ? 5 : byte))],
    ["a length below the message's fixed part", Uint8Array.from(i1(1, 1), (byte, i) => (i === 1 ? 0 : byte)).slice(0, 16)],
    ['an option past the message', i1(1, 1, hex('0003ffff00000000'))],
    ['more locators than the list has room for', i1(1, 1, option(Option.LocatorList, false, bytes32(1), [200], new Uint8Array(16)))],
    ['preferences of no length', i1(1, 1, option(Option.LocatorPreferences, false, bytes32(1), [0, 1, 2]))],
  ])('%s', (_, bytes) => {
    const outcome = send(new Bench(), A, R, bytes)
    expect({ stop: outcome.stop, claims: outcome.signals.filter((one) => /claimed|preferred/.test(one)) }).toEqual({
      stop: 'malformed',
      claims: [],
    })
  })

  it('unknown messages and the bit of HIP are shown and pass', () => {
    for (const bytes of [specific(99, 0, new Uint8Array(10)), specific(Message.I1, 1, new Uint8Array(10))]) {
      const outcome = send(new Bench(), A, R, bytes)
      expect({ stop: outcome.stop, signals: outcome.signals }).toEqual({ stop: '', signals: [] })
    }
  })

  it('a wrong checksum is shown and harms nothing else', () => {
    const spoiled = Uint8Array.from(i1(TAG_I, NONCE), (byte, i) => (i === 4 ? byte ^ 1 : byte))
    const outcome = send(new Bench(), A, R, spoiled)
    expect({ checksum: outcome.checksum, stop: outcome.stop, signals: outcome.signals.length }).toEqual({
      checksum: 1,
      stop: '',
      signals: 1,
    })
  })
})
