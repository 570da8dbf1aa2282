/** Packets of one association, each from the SCTP common header on: the words say what they hold. Checksums and the AUTH HMAC are right. */
export interface Vector {
  name: string
  source: string
  destination: string
  hex: string
}

const A = '192.0.2.1'
const B = '203.0.113.9'

export const vectors: readonly Vector[] = [
  {
    // INIT: tag 0x11223344, TSN 1000, two addresses, extensions, RANDOM, CHUNKS, HMAC-ALGO; the last parameter's padding is the chunk's
    name: 'init',
    source: A,
    destination: B,
    hex: '1388005000000000ce6383ec 0100005e112233440001a000000a000a000003e8 00050008c0000201 00050008c6336401 80080007c1800f00 80020024000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 80030006c1800000 8004000600010000',
  },
  {
    // INIT ACK: tag 0xaabbccdd, TSN 2000, one address, cookie 'COOKIE01'
    name: 'init-ack',
    source: B,
    destination: A,
    hex: '00501388112233440977a935 02000062aabbccdd0001a000000a000a000007d0 00050008cb007109 0007000c434f4f4b49453031 80080007c1800f00 80020024202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f 80030006c1800000 8004000600010000',
  },
  { name: 'cookie-echo', source: A, destination: B, hex: '13880050aabbccdd0af02c6a 0a00000c434f4f4b49453031' },
  { name: 'cookie-ack', source: B, destination: A, hex: '00501388112233449c5446ab 0b000004' },
  {
    // DATA: TSN 1000, stream 1, sequence 0, 'hello' and three bytes of padding
    name: 'data',
    source: A,
    destination: B,
    hex: '13880050aabbccdd3abaaa92 00030015000003e80001000000000000 68656c6c6f000000',
  },
  {
    // SACK: cumulative 1000, gap block 2 to 3, duplicate 1000
    name: 'sack',
    source: B,
    destination: A,
    hex: '00501388112233447be4f3ec 03000018000003e80001a00000010001 00020003 000003e8',
  },
  {
    // AUTH with SHA-1 and the empty shared key, ASCONF 1000: add 198.51.100.77, set primary 198.51.100.77
    name: 'auth-asconf',
    source: A,
    destination: B,
    hex: '13880050aabbccddff772903 0f00001c000000011699d931972c9681219117404ef0bfa4d860f5e6 c1000030000003e8 00050008c0000201 c00100100000000100050008c633644d c00400100000000200050008c633644d',
  },
  {
    // ASCONF-ACK without AUTH: success for 1, cause 0xa4 with a copy of the request for 2
    name: 'asconf-ack',
    source: B,
    destination: A,
    hex: '0050138811223344f0b4eec1 8000002c000003e8 c005000800000001 c003001c00000002 00a40014c00400100000000200050008c633644d',
  },
  {
    name: 'heartbeat',
    source: B,
    destination: '198.51.100.77',
    hex: '0050138811223344debf75c0 0400001400010010010203046e6f6e63652d2d31',
  },
  {
    name: 'heartbeat-ack',
    source: '198.51.100.77',
    destination: B,
    hex: '13880050aabbccdd5f6679eb 0500001400010010010203046e6f6e63652d2d31',
  },
  {
    // ABORT, cause 11: restart with new address 198.51.100.9
    name: 'abort-restart',
    source: B,
    destination: A,
    hex: '00501388112233441e4de75b 06000010000b000c00050008c6336409',
  },
]
