import { describe, expect, it } from 'vitest'
import { emitIlnpUdp, emitLocatorUpdate } from '../../../dissectors/ilnp/emit.ts'
import { SignalProtocol } from '../../../shared/signals.ts'
import { anyBytes, Capture, cutEverywhere, hex } from '../mipv6/seen.ts'

const [NX, NY] = ['5c1ed64da35ae3ba', '883e1cf8be847182']
const at = (prefix: string, node: string | undefined) => `2001:db8:${prefix}:1:${(node as string).replace(/(....)(?=.)/g, '$1:')}`
const [XA, XB, XC] = [at('a', NX), at('b', NX), at('c', NX)]
const [Y, YB] = [at('f1', NY), at('f2', NY)]
const NONCE_X = hex('8deb5391')
const NONCE_Y = hex('0102030405060708f4dcb50d')

const vector = hex(
  '6000000000283c4020010db8000a0000000000000000505420010db8000c000000000000000000093a008b04010203049c0057c10201000020010db8000a0000000a012c20010db8000b00000014012c',
)
const update = (source: string, locators: [string, number, number][], nonce?: Uint8Array, destination = Y) =>
  emitLocatorUpdate(1, locators, { source, destination, ...(nonce === undefined ? {} : { nonce }) })
const data = (source: string, destination: string, nonce?: Uint8Array, text = 'cafe') =>
  emitIlnpUdp(hex(text), [4000, 7000], { source, destination, ...(nonce === undefined ? {} : { nonce }) })

/** A session between X at A and Y, both nonces seen. */
function session(): Capture {
  const capture = new Capture()
  capture.packet(data(XA, Y, NONCE_X))
  capture.packet(data(Y, XA, NONCE_Y))
  return capture
}

describe('a locator update of a session that was not seen', () => {
  it('says what it says and proves nothing', () => {
    const outcome = new Capture().packet(vector)
    const claim = (address: string, preference: number) =>
      `claimed 0.-1 2001:db8:a::5054 > 2001:db8:c::9 token=1020304 'Locator Update' address=${address} how=signalled authentication=A0 proof=01020304 preference=${preference} lifetime=300`
    expect([outcome.stop, outcome.signals, outcome.fields]).toEqual([
      '',
      [claim('2001:db8:a::5054', 10), claim('2001:db8:b::5054', 20)],
      ['mh.ilnp.nonce session not seen'],
    ])
  })
  it('cut at every length', () => cutEverywhere(vector))
})

describe('a locator update that the capture cut', () => {
  const first = update(
    XA,
    [
      [XA, 10, 300],
      [XB, 20, 300],
    ],
    NONCE_X,
  )
  const told = (wire: Uint8Array, length: number) => {
    const capture = session()
    capture.packet(first)
    const { signals } = capture.packet(wire.slice(0, length), { wire: wire.length })
    return {
      withdrawn: signals.filter((line) => line.startsWith('withdrawn')).length,
      unread: capture.state.flows.unread.until(SignalProtocol.Ilnp, Number.MAX_VALUE),
    }
  }
  it('withdraws nothing, for what it leaves out is not known, and says that it was not read', () => {
    expect(told(first, first.length)).toEqual({ withdrawn: 0, unread: -1 })
    expect(told(first, first.length - 4)).toEqual({ withdrawn: 0, unread: 3 })
    const less = update(XA, [[XA, 10, 300]], NONCE_X)
    expect(told(less, less.length)).toEqual({ withdrawn: 1, unread: -1 })
  })
})

describe('data', () => {
  it('a pair opens with its nonces; what follows without them is its payload at whatever locators', () => {
    const capture = new Capture()
    const packets = [data(XA, Y, NONCE_X), data(Y, XA, NONCE_Y), data(XA, Y), data(XB, Y, NONCE_X), data(Y, XB), data(XA, at('f1', NX))]
    const seen = packets.map((packet) => capture.packet(packet))
    const able = 'capabilities=checksum-over-identifiers'
    expect(seen.map(({ signals }) => signals)).toEqual([
      [
        `opening 1.0 ${XA} > ${Y} token=8deb5391 'nonce' step=1 sender=node-identifier:${NX}+nonce:8deb5391 receiver=node-identifier:${NY} ${able}`,
        `payload 1.0 ${XA} > ${Y} token=8deb5391 bytes=2`,
      ],
      [
        `opened 1.1 ${Y} > ${XA} token=f4dcb50d 'nonce' step=2 sender=node-identifier:${NY}+nonce:0102030405060708f4dcb50d receiver=node-identifier:${NX} ${able}`,
        `payload 1.1 ${Y} > ${XA} token=f4dcb50d bytes=2`,
      ],
      [`payload 1.0 ${XA} > ${Y} bytes=2`],
      [`payload 1.0 ${XB} > ${Y} token=8deb5391 bytes=2`],
      [`payload 1.1 ${Y} > ${XB} bytes=2`],
      [],
    ])
    expect(seen[3]?.payloads[0]?.unit).toBe(seen[2]?.payloads[0]?.unit)
  })

  it('equal lower halves without a nonce are no session', () => {
    const capture = new Capture()
    expect([data(XA, Y), data(XB, Y)].map((packet) => capture.packet(packet).signals)).toEqual([[], []])
  })

  it("another's nonce is noted, once", () => {
    const capture = session()
    const forged = [hex('00000001'), hex('00000001'), hex('1102030405060708f4dcb50d')].map((nonce) =>
      capture.packet(data(Y, XA, nonce)).signals.map((line) => line.split(' ').slice(0, 2).join(' ')),
    )
    expect(forged).toEqual([['noted 1.1', 'payload 1.1'], ['payload 1.1'], ['noted 1.1', 'payload 1.1']])
  })
})

describe('locator updates', () => {
  const flow = `${XA} > ${Y}`
  const words = (level: string, nonce: string) => `how=signalled authentication=${level} proof=${nonce}`

  it("with the session's nonce: listed, missing and expired locators", () => {
    const capture = session()
    const claims = capture.packet(
      update(
        XA,
        [
          [XA, 10, 600],
          [XB, 20, 600],
        ],
        NONCE_X,
      ),
    )
    const next = capture.packet(
      update(
        XA,
        [
          [XC, 1, 600],
          [XA, 10, 0],
        ],
        NONCE_X,
      ),
    )
    const proof = words('A1', '8deb5391')
    expect([claims.signals, claims.fields, next.signals]).toEqual([
      [
        `claimed 1.0 ${flow} token=8deb5391 'Locator Update' address=${XA} ${proof} preference=10 lifetime=600`,
        `claimed 1.0 ${flow} token=8deb5391 'Locator Update' address=${XB} ${proof} preference=20 lifetime=600`,
      ],
      ["mh.ilnp.nonce the session's"],
      [
        `claimed 1.0 ${flow} token=8deb5391 'Locator Update' address=${XC} ${proof} preference=1 lifetime=600`,
        `withdrawn 1.0 ${flow} token=8deb5391 'Locator Update' address=${XA} ${proof} preference=10 lifetime=0`,
        `withdrawn 1.0 ${flow} token=8deb5391 'Locator Update without it' address=${XB} ${proof}`,
      ],
    ])
  })

  it('with another nonce or none', () => {
    const capture = session()
    const wrong = capture.packet(update(XC, [[XC, 1, 600]], hex('00000001')))
    const none = capture.packet(update(XC, [[XC, 1, 600]]))
    const line = (rest: string) => `claimed 1.0 ${XC} > ${Y} ${rest}`
    expect([wrong.signals, wrong.fields, none.signals, none.fields]).toEqual([
      [line(`token=1 'Locator Update' address=${XC} ${words('AX', '00000001')} preference=1 lifetime=600`)],
      ["mh.ilnp.nonce not the session's"],
      [line(`'Locator Update' address=${XC} how=signalled authentication=A0 proof= preference=1 lifetime=600`)],
      ['mh.ilnp.nonce missing'],
    ])
  })

  it('an acknowledgement at a listed locator verifies it', () => {
    const answers = (destination: string) =>
      session()
        .packet(emitLocatorUpdate(2, [[XB, 20, 600]], { source: Y, destination, nonce: NONCE_Y }))
        .signals.map((line) => line.replace(`${Y} > ${destination} token=f4dcb50d `, ''))
    const answered = `answered 1.1 'Locator Update acknowledgement' accepted=true address=${XB} authentication=A1 lifetime=600`
    expect([answers(XA), answers(XB)]).toEqual([[answered], [answered, "verified 1.1 'Locator Update acknowledgement' authentication=A1"]])
  })

  it('an update sent from another locator of the node belongs to the same pair', () => {
    const [line] = session().packet(update(XB, [[XB, 1, 9]], NONCE_X, YB)).signals
    expect(line).toContain('claimed 1.0')
  })
})

it('any bytes behind a nonce', () => anyBytes((bytes) => data(XA, Y, bytes.subarray(0, 40), 'cafe')))
it('any update', () =>
  anyBytes((bytes) => {
    const packet = update(XA, [[XA, 1, 1]], NONCE_X)
    packet.set(bytes.subarray(0, 12), packet.length - 16)
    return packet
  }))
