/** Names cut in their middle: what always shows, and how ports are written. */
import { describe, expect, it } from 'vitest'
import { identifiersOf, identifierWords } from '../../renderer/session/facts.tsx'
import { tailStart, withPort } from '../../renderer/text/middle.tsx'
import type { SessionReport } from '../../shared/report.ts'

describe('a name cut in its middle', () => {
  it.each([
    ['2001:db8:a:1:4b9:14d7:e57c:735b', 'e57c:735b'],
    ['[2001:db8:a:1:4b9:14d7:e57c:735b]:40000', 'c:735b]:40000'],
    ['203.0.113.250:40000', '0.113.250:40000'],
    ['c134e43ebebe87f75af8ca49d643290c26', '643290c26'],
    ['a.rather.long.name.example', 'e.example'],
  ])('keeps the end of %s', (text, tail) => {
    expect(text.slice(tailStart(text))).toBe(tail)
  })

  it('keeps some of the beginning, however long the port', () => {
    expect(tailStart('192.0.2.12:40000')).toBe(4)
  })
})

describe('ports', () => {
  it.each([
    ['2001:db8::1', 443, '[2001:db8::1]:443'],
    ['192.0.2.1', 443, '192.0.2.1:443'],
    ['192.0.2.1', null, '192.0.2.1'],
    ['2001:db8::1', undefined, '2001:db8::1'],
  ])('of %s', (address, port, expected) => {
    expect(withPort(address, port)).toBe(expected)
  })
})

describe('identifiers', () => {
  it('are spelled as the field spells them', () => {
    expect(['ike-spi', 'ulid', 'hit', 'eid-prefix', 'verification-tag', 'node-identifier'].map(identifierWords)).toEqual([
      'IKE SPI',
      'ULID',
      'HIT',
      'EID prefix',
      'verification tag',
      'NID',
    ])
  })

  it('stand by their kind with the values of both ends', () => {
    const endpoint = (role: 'initiator' | 'responder', identifiers: [string, string][]) => ({
      role,
      identifiers: identifiers.map(([kind, value]) => ({ kind, value })),
      locators: [],
    })
    const session = {
      endpoints: [
        endpoint('initiator', [
          ['token', '0x1'],
          ['port', '1'],
          ['port', '2'],
        ]),
        endpoint('responder', [
          ['token', '0x2'],
          ['home-agent', 'h'],
        ]),
      ],
    } as unknown as SessionReport
    expect(identifiersOf(session)).toEqual([
      { kind: 'token', initiator: ['0x1'], responder: ['0x2'] },
      { kind: 'port', initiator: ['1', '2'], responder: [] },
      { kind: 'home-agent', initiator: [], responder: ['h'] },
    ])
  })
})
