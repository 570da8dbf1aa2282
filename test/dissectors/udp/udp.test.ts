import { afterAll, describe, expect, it } from 'vitest'
import { register } from '../../../dissectors/core/dispatch.ts'
import { protocol } from '../../../dissectors/core/fields.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const V4 = { source: '192.0.2.1', destination: '198.51.100.7' }
const V6 = { source: '2001:db8::1', destination: '2001:db8::2' }
const raw = { linkType: 101 }
const packet = (text: string, sourcePort = 40000, destinationPort = 40001, pair = V4) =>
  emitUdpPacket(hex(text), { ...pair, sourcePort, destinationPort })

describe('UDP', () => {
  it.each([V4, V6])('is read field by field over $source', (pair) => {
    const bytes = packet('cafe', 5000, 6000, pair)
    const seen = walkPacket(bytes, raw)
    const sum = bytes.subarray(bytes.length - 4, bytes.length - 2)
    expect([...seen.family('udp'), ...seen.values('mh.checksum'), seen.walk.checksum]).toEqual([
      'udp.srcport 5000',
      'udp.dstport 6000',
      'udp.length 10',
      `udp.checksum 0x${Buffer.from(sum).toString('hex')}`,
      'udp.checksum.status 2',
      'udp.payload cafe',
      'good',
      2,
    ])
  })

  it('a changed byte makes the checksum bad, a zero checksum says nothing', () => {
    const changed = packet('cafe')
    changed[changed.length - 1] = 0
    const none = packet('cafe')
    none.fill(0, 26, 28)
    expect([walkPacket(changed, raw).values('mh.checksum'), walkPacket(none, raw).values('mh.checksum')]).toEqual([['bad'], []])
    expect(walkPacket(none, raw).values('udp.checksum.status')).toEqual(['3'])
  })

  it('a checksum over identifiers only is that of ILNP (RFC 6741)', () => {
    const pair = { source: '2001:db8:a:1:20c:29ff:fe01:203', destination: '2001:db8:b:2:20c:29ff:fe01:204' }
    const identifiers = { source: '::20c:29ff:fe01:203', destination: '::20c:29ff:fe01:204' }
    const bytes = packet('cafe', 1, 2, pair)
    const other = packet('cafe', 1, 2, identifiers)
    bytes.set(other.subarray(40), 40)
    expect([walkPacket(bytes, raw).values('mh.checksum'), walkPacket(bytes, raw).walk.checksum]).toEqual([['good over identifiers'], 2])
  })

  it('signals a datagram by a hash of its payload: equal on other paths, other for other bytes', () => {
    const state = new StreamState(nodeCrypto)
    const long = '00'.repeat(200)
    const packets = [
      packet('0102', 1, 2),
      packet('0102', 1, 2, V6),
      packet('0103', 1, 2),
      packet('0103', 2, 1),
      packet(long, 1, 2),
      packet(`${long.slice(0, -2)}01`, 1, 2),
      packet('', 1, 2),
    ]
    const signals = packets.map((bytes, row) => walkPacket(bytes, { ...raw, state, row, record: false }).signals)
    const units = signals.map((one) => one[0]?.unit)
    expect(signals.map((one) => one.map(({ kind, flow, direction, bytes }) => ({ kind, flow, direction, bytes })))).toEqual([
      [{ kind: SignalKind.Payload, flow: 0, direction: 0, bytes: 2 }],
      [{ kind: SignalKind.Payload, flow: 1, direction: 0, bytes: 2 }],
      [{ kind: SignalKind.Payload, flow: 0, direction: 0, bytes: 2 }],
      [{ kind: SignalKind.Payload, flow: 2, direction: 0, bytes: 2 }],
      [{ kind: SignalKind.Payload, flow: 0, direction: 0, bytes: 200 }],
      [{ kind: SignalKind.Payload, flow: 0, direction: 0, bytes: 200 }],
      [],
    ])
    expect([units[0] === units[1], units[2] === units[3], new Set(units.slice(0, 6)).size]).toEqual([true, true, 4])
  })

  it('lengths that contradict the packet are malformed', () => {
    const change = (length: number) => {
      const bytes = packet('cafe')
      bytes[25] = length
      return walkPacket(bytes, raw).stop
    }
    expect([change(7), change(11), change(9), change(0)]).toEqual([
      "malformed at 24: length 7 is below the header's 8",
      'malformed at 24: length 11, but only 10 bytes are left in the packet',
      '',
      '',
    ])
  })
})

describe('who dissects the payload', () => {
  const mine = protocol('test-udp', 'Test over UDP', 'TEST')
  const payload = mine.bytes('test-udp.payload', 'Payload')
  register('test-udp', 'udp.port', 47001, (walk, offset) => {
    if (walk.u8(offset) !== 0xaa) {
      walk.decline()
      return
    }
    walk.layer(mine.protocol, mine.root, offset, walk.end - offset)
    walk.range(payload, offset, walk.end - offset)
    walk.endLayer()
  })
  const taken = (bytes: Uint8Array, state = new StreamState(nodeCrypto)) => {
    const seen = walkPacket(bytes, { ...raw, state })
    return [seen.values('test-udp.payload'), seen.signals.length]
  }
  afterAll(() => {
    // The table has no removal: leave the port with a dissector that declines everything.
    register('test-udp', 'udp.port', 47001, (walk) => walk.decline())
  })

  it('by either port, unless it declines the bytes', () => {
    expect([taken(packet('aa01', 47001, 9)), taken(packet('aa01', 60000, 47001)), taken(packet('bb01', 47001, 9))]).toEqual([
      [['aa01'], 0],
      [['aa01'], 0],
      [[], 1],
    ])
  })

  it("the user's rule wins", () => {
    const state = new StreamState(nodeCrypto)
    state.decodeAs.set('udp.port', 47100, 'test-udp')
    expect(taken(packet('aa02', 47100, 50000), state)).toEqual([['aa02'], 0])
    expect(() => state.decodeAs.set('udp.port', 1, 'no-such-protocol')).toThrow("no dissector is called 'no-such-protocol'")
  })
})
