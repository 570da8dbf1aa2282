import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytes16, bytes32, join } from '../../../dissectors/link/emit.ts'
import {
  canonical,
  controlPacket,
  infoRequest,
  mapNotify,
  mapRegister,
  mapReply,
  mapRequest,
  record,
} from '../../../dissectors/lisp/emit.ts'
import { anyBytes, Capture, cutEverywhere, hex, shown } from '../mipv6/seen.ts'

const vectors = [
  {
    name: 'map-request',
    hex: '450000540001000040117c8dc0000201cb00710910f610f60040a050100000011122334455667788000220010db8000a000000000000000000010001c00002010040000220010db8000c00000000000000000000',
  },
  {
    name: 'map-reply',
    hex: '4500005c0001000040117c85cb007109c000020110f610f6004800b3200000011122334455667788000005a0024010000001000220010db8000c000000000000000000000132ff0000050001cb0071090232ff0000010001c6336409',
  },
  {
    name: 'data',
    hex: '450000560001000040117c8bc0000201cb007109ee4810f500420000c00a0b0c0000000360000000000a114020010db8000a0000000000000000000120010db8000c0000000000000000000903e807d0000a30276869',
  },
]

describe('a lookup and its data, packet by packet', () => {
  const capture = new Capture()
  for (const { name, hex: bytes } of vectors)
    it(name, async () => {
      await expect(shown(capture.packet(hex(bytes)))).toMatchFileSnapshot(`goldens/${name}.txt`)
    })
})

describe('cut at every length', () => {
  for (const { name, hex: bytes } of vectors) it(name, () => cutEverywhere(hex(bytes)))
})

const ITR = '192.0.2.1'
const ETR = '203.0.113.9'
const OTHER = '198.51.100.9'
const send = (capture: Capture, message: Uint8Array, source = ETR, destination = ITR) =>
  capture.packet(controlPacket(message, source, destination)).signals
const there = `${ITR} > ${ETR}`
const back = `${ETR} > ${ITR}`
const NONCE = '1122334455667788'
const claim = (address: string, level: string, rest: string) =>
  `address=${address} how=listed authentication=${level} serial=1432778632 lifetime=3600 prefixes=2001:db8:c::/64 proof=${NONCE} ${rest}`
const site = record('2001:db8:c::', 64, 60, [
  [ETR, 1, 50],
  [OTHER, 255, 0],
])
const ask = (flags: number, length = 64) => mapRequest(NONCE, flags, '2001:db8:a::1', [ITR], [['2001:db8:c::', length]])

describe('an answer that the capture cut', () => {
  it('before its first locator says nothing of the mapping; behind it, what it holds', () => {
    const message = mapReply(NONCE, 0, [site])
    const whole = controlPacket(message, ETR, ITR)
    const told = (length: number) => {
      const capture = new Capture()
      send(capture, ask(0), ITR, ETR)
      return capture.packet(whole.slice(0, length), { wire: whole.length }).signals.map((line) => line.split(' ')[0])
    }
    const second = 12 // bytes of the last locator, an IPv4 one
    expect([told(whole.length), told(whole.length - second), told(whole.length - 2 * second)]).toEqual([
      ['claimed', 'withdrawn'],
      ['claimed'],
      [],
    ])
  })
})

describe('mappings', () => {
  it('an answer to a question that was seen, and one that nobody asked for', () => {
    const asked = new Capture()
    expect([
      send(asked, ask(0), ITR, ETR),
      send(asked, mapReply(NONCE, 0, [site])),
      send(new Capture(), mapReply(NONCE, 0, [site])),
    ]).toEqual([
      [`noted 0.-1 ${there} 'Map-Request for 2001:db8:c::/64'`],
      [
        `claimed 0.-1 ${back} 'Map-Reply' ${claim(ETR, 'A1', 'asked=2001:db8:c::/64 preference=1 weight=50')}`,
        `withdrawn 0.-1 ${back} 'Map-Reply' ${claim(OTHER, 'A1', 'asked=2001:db8:c::/64 preference=255 weight=0')}`,
      ],
      [
        `claimed 0.-1 ${back} 'Map-Reply' ${claim(ETR, 'A0', 'preference=1 weight=50')}`,
        `withdrawn 0.-1 ${back} 'Map-Reply' ${claim(OTHER, 'A0', 'preference=255 weight=0')}`,
      ],
    ])
  })

  it('an answer for more than was asked names both prefixes', () => {
    const capture = new Capture()
    send(capture, ask(0, 128), ITR, ETR)
    expect(send(capture, mapReply(NONCE, 0, [record('2001:db8::', 32, 1, [[OTHER, 1, 1]])]), OTHER)).toEqual([
      `claimed 0.-1 ${OTHER} > ${ITR} 'Map-Reply' address=${OTHER} how=listed authentication=A1 serial=1432778632 lifetime=60 prefixes=2001:db8::/32 proof=${NONCE} asked=2001:db8:c::/128 preference=1 weight=1`,
    ])
  })

  it('a locator answers a probe for itself only', () => {
    const verified = (source: string) => {
      const capture = new Capture()
      expect(send(capture, ask(0x02000000), ITR, ETR)).toEqual([`probed 0.-1 ${there} 'RLOC-probe' match=${NONCE} authentication=A0`])
      return send(capture, mapReply(NONCE, 0x08000000, []), source).map((line) => line.split(' ')[0])
    }
    expect([verified(ETR), verified(OTHER)]).toEqual([['probe-answered', 'verified'], ['probe-answered']])
  })

  it('a negative answer takes the prefix out of the mapping system', () => {
    expect(send(new Capture(), mapReply(NONCE, 0, [record('2001:db8:c::', 64, 60, [], 1)]))).toEqual([
      `withdrawn 0.-1 ${back} 'Map-Reply: Natively-Forward' address=none how=listed authentication=A0 serial=1432778632 wildcard=true lifetime=3600 prefixes=2001:db8:c::/64 proof=${NONCE}`,
    ])
  })

  it('registration and notification; a solicitation asks nothing', () => {
    const capture = new Capture()
    expect([
      send(capture, ask(0x01000000), ITR, ETR),
      send(capture, mapRegister(NONCE, true, [site]), ITR, ETR),
      send(capture, mapNotify(NONCE, [site])),
      send(capture, mapNotify('00000000000000ff', [record('10.0.0.0', 8, 1, [[OTHER, 1, 1]])])),
      send(capture, mapReply(NONCE, 0, [record('10.0.0.0', 8, 1, [[OTHER, 1, 1]])])),
    ]).toEqual([
      [`noted 0.-1 ${there} 'SMR for 2001:db8:c::/64'`],
      [
        `claimed 0.-1 ${there} 'Map-Register, wants Map-Notify' ${claim(ETR, 'A3u', 'preference=1 weight=50')}`,
        `withdrawn 0.-1 ${there} 'Map-Register, wants Map-Notify' ${claim(OTHER, 'A3u', 'preference=255 weight=0')}`,
      ],
      [ETR, OTHER].map(
        (address) =>
          `answered 0.-1 ${back} 'Map-Notify' accepted=true serial=1432778632 address=${address} authentication=A3u lifetime=3600 prefixes=2001:db8:c::/64`,
      ),
      [
        `claimed 0.-1 ${back} 'Map-Notify' address=${OTHER} how=listed authentication=A3u serial=255 lifetime=60 prefixes=10.0.0.0/8 proof=00000000000000ff`,
      ],
      [
        `claimed 0.-1 ${back} 'Map-Reply' address=${OTHER} how=listed authentication=A0 serial=1432778632 lifetime=60 prefixes=10.0.0.0/8 proof=${NONCE} preference=1 weight=1`,
      ],
    ])
  })

  it('information requests are probes', () => {
    expect(send(new Capture(), infoRequest(NONCE, '10.0.0.0', 8), ITR, ETR)).toEqual([
      `probed 0.-1 ${there} 'Info-Request' match=${NONCE} authentication=A0`,
    ])
  })
})

describe('addresses', () => {
  it('an EID in an instance and a locator in a list: the plain addresses count', () => {
    const list = canonical(1, join(bytes16(1), hex('c6336409'), bytes16(2), hex('20010db8000c00000000000000000009')))
    const eid = canonical(2, join(bytes32(7), bytes16(1), hex('0a010000')))
    const outcome = new Capture().packet(controlPacket(mapReply(NONCE, 0, [record(eid, 16, 1, [[list, 1, 100]])]), ETR, ITR))
    expect([outcome.stop, outcome.signals, outcome.fields.filter((line) => line.includes('.lcaf.') || line.includes('locator '))]).toEqual([
      '',
      [
        `claimed 0.-1 ${back} 'Map-Reply' address=${OTHER} how=listed authentication=A0 serial=1432778632 lifetime=60 prefixes=[7] 10.1.0.0/16 proof=${NONCE} preference=1 weight=100`,
      ],
      [
        'lisp.lcaf.res1 0x00',
        'lisp.lcaf.flags 0x00',
        'lisp.lcaf.type 2',
        'lisp.lcaf.res2 0x00',
        'lisp.lcaf.length 10',
        'lisp.lcaf.iid 7',
        'lisp.lcaf.iid.afi 1',
        'lisp.lcaf.iid.ipv4 10.1.0.0',
        'lisp.lcaf.res1 0x00',
        'lisp.lcaf.flags 0x00',
        'lisp.lcaf.type 1',
        'lisp.lcaf.res2 0x00',
        'lisp.lcaf.length 24',
        'lisp.lcaf.afi_list.afi 1',
        'lisp.lcaf.afi_list.ipv4 198.51.100.9',
        'lisp.lcaf.afi_list.afi 2',
        'lisp.lcaf.afi_list.ipv6 2001:db8:c::9',
        'lisp.loc.locator 198.51.100.9',
      ],
    ])
  })

  it('reserved bits of a locator are a number of their own, without the three flags below them', () => {
    const one = record('10.1.0.0', 16, 1, [['198.51.100.9', 1, 100]])
    // flags: in front of family and address
    const at = one.length - 7
    one[at - 1] = 0x09
    one[at] = 0x05
    const { fields } = new Capture().packet(controlPacket(mapReply(NONCE, 0, [one]), ETR, ITR))
    expect(fields.filter((line) => line.startsWith('lisp.loc.flags'))).toEqual([
      'lisp.loc.flags 0x0905',
      'lisp.loc.flags.res 0x0120',
      'lisp.loc.flags.local 1',
      'lisp.loc.flags.probe 0',
      'lisp.loc.flags.reach 1',
    ])
  })

  it('a family without known length ends the message; nesting has an end', () => {
    const strange = mapReply(NONCE, 0, [record(join(bytes16(99), [1, 2, 3, 4]), 16, 1, [])])
    let deep: Uint8Array = join(bytes16(1), hex('0a010000'))
    for (let n = 0; n < 8; n++) deep = canonical(1, deep)
    const nested = mapReply(NONCE, 0, [record(deep, 16, 1, [])])
    const stops = [strange, nested].map((message) => new Capture().packet(controlPacket(message, ETR, ITR)))
    expect(stops.map(({ stop, chain }) => [stop, chain])).toEqual([
      ['', 'raw:ip:udp:data'],
      ['malformed', 'raw:ip:udp:lisp'],
    ])
  })
})

it('bytes that are no control message stay plain datagrams', () => {
  for (const text of ['', '00000000', '0102030405060708090a0b0c0d0e', '90000001'.padEnd(64, '0'), '3000000100000000000000000001ffff'])
    expect(new Capture().packet(controlPacket(hex(text), ETR, ITR)).chain).not.toContain('lisp')
})

it('any control message ends in the same verdict with and without fields', () => {
  const head = fc
    .tuple(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 15 }),
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0, 1, 2, 16387),
    )
    .map(([type, flags, count, family]) => join([(type << 4) | flags, 0, 0, count], new Uint8Array(8), bytes16(family)))
  anyBytes((bytes) => controlPacket(bytes, ETR, ITR), head)
})
