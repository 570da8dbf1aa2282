import { describe, expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import { message, question, record } from '../../../dissectors/dns/emit.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import type { NameDetail } from '../../../shared/signal-details.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const CLIENT = '192.0.2.1'
const SERVER = '192.0.2.53'

class Talk {
  readonly state = new StreamState(nodeCrypto)
  private row = 0

  send(bytes: Uint8Array, fromServer: boolean, port = 53, seconds = 0): NameDetail[] {
    const ports = fromServer ? { sourcePort: port, destinationPort: 40000 } : { sourcePort: 40000, destinationPort: port }
    const packet = emitUdpPacket(bytes, { source: fromServer ? SERVER : CLIENT, destination: fromServer ? CLIENT : SERVER, ...ports })
    const seen = walkPacket(packet, { linkType: 101, state: this.state, row: this.row++, time: seconds * 1e9, record: false })
    return seen.signals.filter((s) => s.kind === SignalKind.Named).map((s) => s.detail as NameDetail)
  }
}

const ask = (id: number, name = 'www.example') => message({ id, flags: 0x0100, questions: [question(name, 1)] })
const answer = (id: number, address: string, more: Uint8Array[] = [], flags = 0x8180, name = 'www.example') =>
  message({ id, flags, questions: [question('www.example', 1)], answers: [record(name, 1, 300, hex(address)), ...more] })
const level = (details: NameDetail[]) => details.map((d) => `${d.message} ${d.authentication} ${d.records.map((r) => r.value)}`)

describe('how far an answer may be believed', () => {
  it('answers to a seen query know its id and ports, a second one to the same query does too', () => {
    const talk = new Talk()
    expect(level(talk.send(ask(7), false))).toEqual(['query A0 '])
    expect(level(talk.send(answer(7, 'cb007109'), true))).toEqual(['answer A1 203.0.113.9'])
    expect(level(talk.send(answer(7, 'c6336407'), true))).toEqual(['answer A1 198.51.100.7'])
  })

  it('another id, another question or 30 seconds later: nothing that a spoofer lacks', () => {
    const talk = new Talk()
    talk.send(ask(7, 'WWW.example'), false)
    expect(level(talk.send(answer(8, 'cb007109'), true))).toEqual(['answer A0 203.0.113.9'])
    expect(level(talk.send(answer(7, 'cb007109'), true, 53, 29))).toEqual(['answer A1 203.0.113.9'])
    expect(level(talk.send(answer(7, 'cb007109'), true, 53, 31))).toEqual(['answer A0 203.0.113.9'])
    talk.send(ask(9, 'other.example'), false)
    expect(level(talk.send(answer(9, 'cb007109'), true))).toEqual(['answer A0 203.0.113.9'])
  })

  it('signatures are seen and not verified', () => {
    const talk = new Talk()
    talk.send(ask(7), false)
    const signature = record('www.example', 46, 300, hex('0001 05 02 0000012c 60000000 50000000 1234 00 aabb'))
    expect(level(talk.send(answer(7, 'cb007109', [signature], 0x81a0), true))).toEqual(['answer A3u 203.0.113.9'])
  })

  it('multicast announcements and updates', () => {
    const talk = new Talk()
    const announcement = message({
      id: 0,
      flags: 0x8400,
      answers: [record('host.local', 28, 120, hex('20010db8000000000000000000000001'), 0x8001)],
    })
    expect(level(talk.send(announcement, true, 5353))).toEqual(['announcement A0 2001:db8::1'])
    const update = message({
      id: 3,
      flags: 0x2800,
      questions: [question('example', 6)],
      authorities: [record('h.example', 1, 60, hex('c0000207'))],
    })
    expect(level(talk.send(update, false))).toEqual(['update A0 192.0.2.7'])
  })

  it('hints of service bindings are locators of the name', () => {
    const talk = new Talk()
    const data = hex('0001 00 0001 0003 026832 0004 0008 cb007109 c6336407 0006 0010 20010db8000000000000000000000001')
    const bytes = message({
      id: 1,
      flags: 0x8180,
      questions: [question('www.example', 65)],
      answers: [record('www.example', 65, 60, data)],
    })
    expect(level(talk.send(bytes, true))).toEqual(['answer A0 203.0.113.9,198.51.100.7,2001:db8::1'])
  })
})

describe('bytes that only look like DNS', () => {
  const fields = (payload: string, port = 53) => {
    const packet = emitUdpPacket(hex(payload), { source: CLIENT, destination: SERVER, sourcePort: 40000, destinationPort: port })
    const seen = walkPacket(packet, { linkType: 101 })
    return [seen.values('frame.protocols')[0], seen.stop]
  }
  const table: [string, string, string, string][] = [
    ['an opcode that is not in use', '1234 7800 0000 0000 0000 0000', 'raw:ip:udp:data', ''],
    ['more questions than bytes', '1234 0100 0009 0000 0000 0000 00 0001 0001', 'raw:ip:udp:data', ''],
    ['fewer bytes than a header', '1234 0100 0000', 'raw:ip:udp:data', ''],
    [
      'a pointer to itself',
      '1234 0100 0001 0000 0000 0000 c00c 0001 0001',
      'raw:ip:udp:dns',
      'malformed at 40: compression pointer does not point backward',
    ],
    [
      'a label type that is not in use',
      '1234 0100 0001 0000 0000 0000 41 00 0001 0001',
      'raw:ip:udp:dns',
      'malformed at 40: label type 1 is not in use',
    ],
    [
      'data beyond the message',
      '1234 8100 0000 0001 0000 0000 00 0001 0001 00000001 0010 c0000201',
      'raw:ip:udp:dns',
      'malformed at 49: A record with 16 bytes of data, 4 bytes left',
    ],
  ]
  it.each(table)('%s', (_name, payload, chain, stop) => {
    expect(fields(payload)).toEqual([chain, stop])
  })
})
