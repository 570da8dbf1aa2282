/** One version 1 connection, packet by packet: bytes as they are on the wire, and the segment that builds them. */

import { mptcpOption } from '../../../dissectors/mptcp/emit.ts'
import { joinHmac } from '../../../dissectors/mptcp/keys.ts'
import { ACK, PSH_ACK, RST_ACK, SYN, SYN_ACK, type TcpSegment } from '../../../dissectors/tcp/emit.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { hexBytes } from '../tcp/bench.ts'

export const keyA = hexBytes('0102030405060708')
export const keyB = hexBytes('1112131415161718')
export const tokenB = 0xccad45ac
export const nonceA = 0xa1a2a3a4
export const nonceB = 0xb1b2b3b4

const client = Uint8Array.of(192, 0, 2, 1)
const added = Uint8Array.of(192, 0, 2, 33)
const server = Uint8Array.of(203, 0, 113, 9)
const hello = new TextEncoder().encode('hello')

const up = { source: client, destination: server, sourcePort: 40000, destinationPort: 443 }
const down = { source: server, destination: client, sourcePort: 443, destinationPort: 40000 }
const joinUp = { source: added, destination: server, sourcePort: 40001, destinationPort: 443 }
const joinDown = { source: server, destination: added, sourcePort: 443, destinationPort: 40001 }

const hmacB = joinHmac(nodeCrypto, 1, keyB, keyA, nonceB, nonceA)
const hmacA = joinHmac(nodeCrypto, 1, keyA, keyB, nonceA, nonceB)

export const vectors: [name: string, bytes: string, segment: TcpSegment][] = [
  [
    'MP_CAPABLE SYN',
    '4500002c0001000040067cc0c0000201cb0071099c4001bb000003e8000000006002ffffe0ea00001e040101',
    { ...up, sequence: 1000, flags: SYN, options: [mptcpOption.capable(1, [])] },
  ],
  [
    'MP_CAPABLE SYN/ACK',
    '450000340001000040067cb8cb007109c000020101bb9c4000001388000003e98012ffff5ced00001e0c01011112131415161718',
    { ...down, sequence: 5000, acknowledgment: 1001, flags: SYN_ACK, options: [mptcpOption.capable(1, [keyB])] },
  ],
  [
    'MP_CAPABLE ACK',
    '4500003c0001000040067cb0c0000201cb0071099c4001bb000003e900001389a010ffff2cca00001e14010101020304050607081112131415161718',
    { ...up, sequence: 1001, acknowledgment: 5001, flags: ACK, options: [mptcpOption.capable(1, [keyA, keyB])] },
  ],
  [
    'DSS with mapping and data',
    '450000410001000040067cabc0000201cb0071099c4001bb000003e900001389a018ffffdca000001e1220058e087c8fd29d6f73000000010005010168656c6c6f',
    {
      ...up,
      sequence: 1001,
      acknowledgment: 5001,
      flags: PSH_ACK,
      options: [mptcpOption.dss({ ack: 0x8e087c8f, dsn: 0xd29d6f73, subflowSequence: 1, length: 5 })],
      payload: hello,
    },
  ],
  [
    'ADD_ADDR with HMAC',
    '450000380001000040067cb4c0000201cb0071099c4001bb000003ee000013899010ffff8a5900001e103005c0000221ef02ed629a7eaad1',
    {
      ...up,
      sequence: 1006,
      acknowledgment: 5001,
      flags: ACK,
      options: [mptcpOption.addAddress(5, added, null, hexBytes('ef02ed629a7eaad1'))],
    },
  ],
  [
    'ADD_ADDR echo',
    '450000300001000040067cbccb007109c000020101bb9c4000001389000003ee7010ffffcb1f00001e083105c0000221',
    { ...down, sequence: 5001, acknowledgment: 1006, flags: ACK, options: [mptcpOption.addAddress(5, added, null, null)] },
  ],
  [
    'MP_JOIN SYN',
    '450000340001000040067c98c0000221cb0071099c4101bb00002328000000008002ffff3ad400001e0c1005ccad45aca1a2a3a4',
    { ...joinUp, sequence: 9000, flags: SYN, options: [mptcpOption.joinSyn(tokenB, nonceA, 5)] },
  ],
  [
    'MP_JOIN SYN/ACK',
    '450000380001000040067c94cb007109c000022101bb9c4100001b58000023299012ffffb6aa00001e101000864b40428762fd06b1b2b3b4',
    { ...joinDown, sequence: 7000, acknowledgment: 9001, flags: SYN_ACK, options: [mptcpOption.joinAnswer(hmacB, nonceB, 0)] },
  ],
  [
    'MP_JOIN ACK',
    '450000400001000040067c8cc0000221cb0071099c4101bb0000232900001b59b010ffffec3500001e18100053037f2899475529844115fd07e665d23d3554fb',
    { ...joinUp, sequence: 9001, acknowledgment: 7001, flags: ACK, options: [mptcpOption.joinAck(hmacA)] },
  ],
  [
    'REMOVE_ADDR',
    '4500002c0001000040067cc0c0000201cb0071099c4001bb000003ee000013896010ffff8e4900001e044005',
    { ...up, sequence: 1006, acknowledgment: 5001, flags: ACK, options: [mptcpOption.removeAddress(5)] },
  ],
  [
    'MP_PRIO',
    '4500002c0001000040067cc0c0000201cb0071099c4001bb000003ee000013896010ffff7d4e00001e035101',
    { ...up, sequence: 1006, acknowledgment: 5001, flags: ACK, options: [mptcpOption.priority(true)] },
  ],
  [
    'MP_FASTCLOSE',
    '450000340001000040067cb8c0000201cb0071099c4001bb000003ee000013898010ffffede900001e0c70001112131415161718',
    { ...up, sequence: 1006, acknowledgment: 5001, flags: ACK, options: [mptcpOption.fastClose(keyB)] },
  ],
  [
    'RST with MP_TCPRST',
    '4500002c0001000040067cc0c0000201cb0071099c4001bb000003ee000013896014ffff4d4500001e048105',
    { ...up, sequence: 1006, acknowledgment: 5001, flags: RST_ACK, options: [mptcpOption.reset(5, true)] },
  ],
]
