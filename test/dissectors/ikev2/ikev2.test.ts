import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import {
  emitChain,
  emitIke,
  emitNotify,
  emitProposal,
  emitSealed,
  FROM_INITIATOR,
  type IkeHeader,
  type IkePayload,
  joinBytes,
  RESPONSE,
} from '../../../dissectors/ikev2/emit.ts'
import { Exchange, Notify, Payload } from '../../../dissectors/ikev2/wire.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { KeyStore } from '../../../main/keys/store.ts'
import { SignalKind, SignalProtocol } from '../../../shared/signals.ts'
import { type SeenSignal, walkPacket } from '../core/record.ts'
import { aead, cbc, ctr } from './seal.ts'

const raw = { linkType: 101 }
const SPI_I = hex('0123456789abcdef')
const SPI_R = hex('fedcba9876543210')
const A = { source: '192.0.2.1', destination: '203.0.113.9', sourcePort: 500, destinationPort: 500 }
const B = { source: '198.51.100.7', destination: '203.0.113.9', sourcePort: 4500, destinationPort: 4500 }
const MARKER = new Uint8Array(4)
const header = (exchange: number, flags: number, messageId: number): IkeHeader => ({
  initiatorSpi: SPI_I,
  responderSpi: SPI_R,
  exchange,
  flags,
  messageId,
})
const digits = (length: number, byte: string): string => byte.repeat(length)
const key = (length: number, byte: string): Uint8Array => hex(digits(length, byte))
const table = (encryption: string, size: number, integrity: string, mac: number): string =>
  `0123456789abcdef,fedcba9876543210,${digits(size, 'a1')},${digits(size, 'b2')},"${encryption}",${digits(mac, 'c3')},${digits(mac, 'd4')},"${integrity}"`
const GCM = table('AES-GCM-256 with 16 octet ICV [RFC5282]', 36, 'NONE [RFC4306]', 0)
const stateWith = (text: string): StreamState => {
  const state = new StreamState(nodeCrypto)
  state.keys = new KeyStore([{ path: 'test.keys', text }])
  return state
}
const behindMarker = (message: Uint8Array): Uint8Array => emitUdpPacket(joinBytes(MARKER, message), B)
const backBehindMarker = (message: Uint8Array): Uint8Array =>
  emitUdpPacket(joinBytes(MARKER, message), { ...B, source: B.destination, destination: B.source })
const brief = ({ kind, detail }: SeenSignal): unknown[] => [kind, (detail as { message?: string } | null)?.message ?? null]

// vectors.md, ike-sa-init
const SA_INIT = hex(
  '450001040001000040117bddc0000201cb00710901f401f400f035110123456789abcdef00000000000000002120220800000000000000e82200002800000024010100030300000c01000014800e010003000008020000050000000804000013280000480013000004040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404290000244e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e2900001c000040049426429034924268452f8e3ff79fb69e2a8d71eb0000001c00004005f6b8328fd25d0a85d8ae1144aad359c91b07576d',
)
// vectors.md, mobike-informational
const MOBIKE = hex(
  '4500007d000100004011142bc6336407cb0071091194119400693785000000000123456789abcdeffedcba98765432102e202508000000020000005d290000411112131415161718a3629b295631f8f4d4c243b0c0d98f474ff4d2c94b32a0349e712966cb1ccbe142f6200f744c82b88eba5c658240d6130ee55d6704',
)
const MOBIKE_KEY = Array.from({ length: 36 }, (_, i) => i.toString(16).padStart(2, '0')).join('')
const MOBIKE_TABLE = `0123456789abcdef,fedcba9876543210,${MOBIKE_KEY},${MOBIKE_KEY},"AES-GCM-256 with 16 octet ICV [RFC5282]",,,"NONE [RFC4306]"`

describe('messages in the clear', () => {
  it('IKE_SA_INIT', () => {
    const seen = walkPacket(SA_INIT, raw)
    expect([seen.stop, seen.family('isakmp')]).toMatchInlineSnapshot(`
      [
        "",
        [
          "isakmp.ispi 0123456789abcdef",
          "isakmp.rspi 0000000000000000",
          "isakmp.nextpayload 33",
          "isakmp.version 0x20",
          "isakmp.mjver 0x02",
          "isakmp.mnver 0x00",
          "isakmp.exchangetype 34",
          "isakmp.flags 0x08",
          "isakmp.flag_i 1",
          "isakmp.flag_v 0",
          "isakmp.flag_r 0",
          "isakmp.messageid 0x00000000",
          "isakmp.length 232",
          "isakmp.typepayload 33",
          "isakmp.nextpayload 34",
          "isakmp.criticalpayload 0",
          "isakmp.reserved7 0x00",
          "isakmp.payloadlength 40",
          "isakmp.typepayload 2",
          "isakmp.nextpayload 0",
          "isakmp.reserved 00",
          "isakmp.payloadlength 36",
          "isakmp.prop.number 1",
          "isakmp.prop.protoid 1",
          "isakmp.spisize 0",
          "isakmp.prop.transforms 3",
          "isakmp.typepayload 3",
          "isakmp.nextpayload 3",
          "isakmp.reserved 00",
          "isakmp.payloadlength 12",
          "isakmp.tf.type 1",
          "isakmp.reserved 00",
          "isakmp.tf.id.encr 20",
          "isakmp.ike2.attr.format 1",
          "isakmp.ike2.attr.type 14",
          "isakmp.ike2.attr.value 0100",
          "isakmp.ike2.attr.key_length 256",
          "isakmp.typepayload 3",
          "isakmp.nextpayload 3",
          "isakmp.reserved 00",
          "isakmp.payloadlength 8",
          "isakmp.tf.type 2",
          "isakmp.reserved 00",
          "isakmp.tf.id.prf 5",
          "isakmp.typepayload 3",
          "isakmp.nextpayload 0",
          "isakmp.reserved 00",
          "isakmp.payloadlength 8",
          "isakmp.tf.type 4",
          "isakmp.reserved 00",
          "isakmp.tf.id.dh 19",
          "isakmp.typepayload 34",
          "isakmp.nextpayload 40",
          "isakmp.criticalpayload 0",
          "isakmp.reserved7 0x00",
          "isakmp.payloadlength 72",
          "isakmp.key_exchange.dh_group 19",
          "isakmp.reserved 0000",
          "isakmp.key_exchange.data 04040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404",
          "isakmp.typepayload 40",
          "isakmp.nextpayload 41",
          "isakmp.criticalpayload 0",
          "isakmp.reserved7 0x00",
          "isakmp.payloadlength 36",
          "isakmp.nonce 4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e",
          "isakmp.typepayload 41",
          "isakmp.nextpayload 41",
          "isakmp.criticalpayload 0",
          "isakmp.reserved7 0x00",
          "isakmp.payloadlength 28",
          "isakmp.notify.protoid 0",
          "isakmp.spisize 0",
          "isakmp.notify.msgtype 16388",
          "isakmp.notify.data 9426429034924268452f8e3ff79fb69e2a8d71eb",
          "isakmp.typepayload 41",
          "isakmp.nextpayload 0",
          "isakmp.criticalpayload 0",
          "isakmp.reserved7 0x00",
          "isakmp.payloadlength 28",
          "isakmp.notify.protoid 0",
          "isakmp.spisize 0",
          "isakmp.notify.msgtype 16389",
          "isakmp.notify.data f6b8328fd25d0a85d8ae1144aad359c91b07576d",
        ],
      ]
    `)
    expect(seen.values('mh.isakmp.nat')).toEqual(['as in this packet', 'as in this packet'])
    expect(seen.signals).toMatchObject([
      {
        kind: SignalKind.Opening,
        detail: { message: 'IKE_SA_INIT request', step: 1, sender: [{ kind: 'ike-spi', value: '0123456789abcdef' }], receiver: [] },
      },
    ])
  })

  it('NAT detection against another source is told', () => {
    const moved = SA_INIT.slice()
    moved[15] = 77
    expect(walkPacket(moved, raw).signals.map(brief)).toEqual([
      [SignalKind.Opening, 'IKE_SA_INIT request'],
      [SignalKind.Noted, 'NAT_DETECTION_SOURCE_IP does not fit: the sender is behind a translator, or wants UDP encapsulation'],
    ])
  })

  it('version 1', () => {
    const attributes = hex('800b0001 000c000400007080 80010007')
    const transform = joinBytes([0, 0, 0, 8 + attributes.length, 1, 1, 0, 0], attributes)
    const proposal = joinBytes([0, 0, 0, 8 + transform.length, 1, 1, 0, 1], transform)
    const body = joinBytes(hex('00000001 00000001'), proposal)
    const message = emitIke({ ...header(2, 0, 0), version: 0x10 }, [
      { type: Payload.SaV1, body },
      { type: Payload.VendorV1, body: hex('afcad71368a1f1c96b8696fc77570100') },
      { type: Payload.NatDetectionV1, body: key(20, '5a') },
    ])
    const seen = walkPacket(emitUdpPacket(message, A), raw)
    expect([seen.stop, seen.signals, seen.family('isakmp')]).toMatchInlineSnapshot(`
      [
        "",
        [],
        [
          "isakmp.ispi 0123456789abcdef",
          "isakmp.rspi fedcba9876543210",
          "isakmp.nextpayload 1",
          "isakmp.version 0x10",
          "isakmp.mjver 0x01",
          "isakmp.mnver 0x00",
          "isakmp.exchangetype 2",
          "isakmp.flags 0x00",
          "isakmp.flag_e 0",
          "isakmp.flag_c 0",
          "isakmp.flag_a 0",
          "isakmp.messageid 0x00000000",
          "isakmp.length 116",
          "isakmp.typepayload 1",
          "isakmp.nextpayload 13",
          "isakmp.reserved 00",
          "isakmp.payloadlength 44",
          "isakmp.sa.doi 1",
          "isakmp.sa.situation 00000001",
          "isakmp.sa.situation.identity_only 1",
          "isakmp.sa.situation.secrecy 0",
          "isakmp.sa.situation.integrity 0",
          "isakmp.typepayload 2",
          "isakmp.nextpayload 0",
          "isakmp.reserved 00",
          "isakmp.payloadlength 32",
          "isakmp.prop.number 1",
          "isakmp.prop.protoid 1",
          "isakmp.spisize 0",
          "isakmp.prop.transforms 1",
          "isakmp.typepayload 3",
          "isakmp.nextpayload 0",
          "isakmp.reserved 00",
          "isakmp.payloadlength 24",
          "isakmp.trans.number 1",
          "isakmp.trans.id 1",
          "isakmp.reserved 0000",
          "isakmp.ike.attr.format 1",
          "isakmp.ike.attr.type 11",
          "isakmp.ike.attr.value 0001",
          "isakmp.ike.attr.life_type 1",
          "isakmp.ike.attr.format 0",
          "isakmp.ike.attr.type 12",
          "isakmp.ike.attr.length 4",
          "isakmp.ike.attr.value 00007080",
          "isakmp.ike.attr.life_duration 28800",
          "isakmp.ike.attr.format 1",
          "isakmp.ike.attr.type 1",
          "isakmp.ike.attr.value 0007",
          "isakmp.ike.attr.encryption_algorithm 7",
          "isakmp.typepayload 13",
          "isakmp.nextpayload 20",
          "isakmp.reserved 00",
          "isakmp.payloadlength 20",
          "isakmp.vid_bytes afcad71368a1f1c96b8696fc77570100",
          "isakmp.vid_string RFC 3706 DPD (Dead Peer Detection)",
          "isakmp.typepayload 20",
          "isakmp.nextpayload 0",
          "isakmp.reserved 00",
          "isakmp.payloadlength 24",
          "isakmp.ike.nat_hash 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
        ],
      ]
    `)
  })

  it('COOKIE and errors answer without opening', () => {
    const answers: [IkePayload, unknown[]][] = [
      [emitNotify(Notify.Cookie, key(8, '01')), [SignalKind.Noted, 'COOKIE']],
      [emitNotify(Notify.InvalidKePayload, hex('0013')), [SignalKind.Noted, 'INVALID_KE_PAYLOAD']],
      [emitNotify(14), [SignalKind.Refused, 'IKE_SA_INIT response']],
      [emitNotify(Notify.Redirect, hex('0104 cb007107')), [SignalKind.Noted, 'REDIRECT to 203.0.113.7']],
    ]
    for (const [payload, expected] of answers)
      expect(walkPacket(emitUdpPacket(emitIke(header(Exchange.SaInit, RESPONSE, 0), [payload]), A), raw).signals.map(brief)).toEqual([
        expected,
      ])
  })
})

describe('UDP port 4500', () => {
  const layers = (payload: Uint8Array): string => walkPacket(emitUdpPacket(payload, B), raw).values('frame.protocols')[0] as string
  it.each([
    ['behind the marker IKE', joinBytes(MARKER, emitIke(header(37, 8, 2), [])), 'raw:ip:udp:udpencap:isakmp'],
    ['a keepalive', hex('ff'), 'raw:ip:udp:udpencap'],
    ['ESP', joinBytes(hex('c0ffee01 00000001'), key(40, '77')), 'raw:ip:udp:udpencap:esp'],
    ['a reserved SPI is nothing', joinBytes(hex('000000ff 00000001'), key(40, '77')), 'raw:ip:udp:data'],
    ['a marker and no header', joinBytes(MARKER, key(40, '77')), 'raw:ip:udp:data'],
    ['too short for ESP', hex('c0ffee010000'), 'raw:ip:udp:data'],
  ])('%s', (_name, payload, expected) => {
    expect(layers(payload)).toBe(expected)
  })

  it('port 500 alone makes no IKE', () => {
    expect(walkPacket(emitUdpPacket(key(60, '41'), A), raw).values('frame.protocols')).toEqual(['raw:ip:udp:data'])
  })
})

describe('encrypted payloads', () => {
  it('MOBIKE without keys stays closed, and is a probe', () => {
    const seen = walkPacket(MOBIKE, raw)
    expect([seen.stop, seen.values('isakmp.notify.msgtype'), seen.signals.map(brief)]).toEqual([
      '',
      [],
      [[SignalKind.Probed, 'INFORMATIONAL request']],
    ])
  })

  it('MOBIKE with keys: the move, the list of addresses, the cookie', () => {
    const seen = walkPacket(MOBIKE, { ...raw, state: stateWith(MOBIKE_TABLE) })
    expect({
      stop: seen.stop,
      types: seen.values('isakmp.notify.msgtype'),
      address: seen.values('mh.isakmp.additional_ip4'),
      integrity: seen.values('mh.isakmp.integrity'),
      signals: seen.signals.map(({ kind, detail }) => [kind, detail]),
    }).toMatchInlineSnapshot(`
      {
        "address": [
          "198.51.100.7",
        ],
        "integrity": [
          "good",
        ],
        "signals": [
          [
            10,
            {
              "authentication": "A3v",
              "match": "i2",
              "message": "INFORMATIONAL request",
            },
          ],
          [
            10,
            {
              "authentication": "A3v",
              "match": "434f4f4b49453221",
              "message": "COOKIE2",
            },
          ],
          [
            9,
            {
              "address": -1,
              "addressId": null,
              "authentication": "A3v",
              "backup": false,
              "correlation": null,
              "message": "UPDATE_SA_ADDRESSES",
              "serial": 2,
            },
          ],
          [
            8,
            {
              "address": -1,
              "addressId": null,
              "authentication": "A3v",
              "correlation": null,
              "how": "signalled",
              "message": "ADDITIONAL_ADDRESS list",
              "port": null,
              "serial": 2,
              "wildcard": true,
            },
          ],
          [
            6,
            {
              "address": 0,
              "addressId": null,
              "authentication": "A3v",
              "correlation": null,
              "how": "signalled",
              "message": "ADDITIONAL_IP4_ADDRESS",
              "port": null,
              "serial": 2,
              "wildcard": false,
            },
          ],
        ],
        "stop": "",
        "types": [
          "16400",
          "16397",
          "16401",
        ],
      }
    `)
  })

  const payloads = [emitNotify(Notify.UpdateSaAddresses), emitNotify(Notify.AdditionalIp6, hex('20010db8000b00000000000000000001'))]
  const ciphers: [string, string, { seal: ReturnType<typeof cbc>['seal']; length: (n: number) => number }][] = [
    ['AES-CBC-128', table('AES-CBC-128 [RFC3602]', 16, 'HMAC_SHA2_256_128 [RFC4868]', 32), cbc(key(16, 'a1'), key(32, 'c3'))],
    ['AES-CBC-256', table('AES-CBC-256 [RFC3602]', 32, 'HMAC_SHA2_256_128 [RFC4868]', 32), cbc(key(32, 'a1'), key(32, 'c3'))],
    ['AES-CTR-128', table('AES-CTR-128 [RFC5930]', 20, 'HMAC_SHA2_256_128 [RFC4868]', 32), ctr(key(20, 'a1'), key(32, 'c3'))],
    ['AES-GCM-8', table('AES-GCM-128 with 8 octet ICV [RFC5282]', 20, 'NONE [RFC4306]', 0), aead('gcm', key(20, 'a1'), 8)],
    ['AES-GCM-16', GCM, aead('gcm', key(36, 'a1'), 16)],
    ['AES-CCM-12', table('AES-CCM-192 with 12 octet ICV [RFC5282]', 27, 'NONE [RFC4306]', 0), aead('ccm', key(27, 'a1'), 12)],
    ['ChaCha20-Poly1305', table('28', 36, '0', 0), aead('chacha', key(36, 'a1'), 16)],
  ]
  it.each(ciphers)('%s opens; one wrong bit closes it', (_name, text, { seal, length }) => {
    const message = emitSealed(header(Exchange.Informational, FROM_INITIATOR, 5), payloads, seal, length)
    const seen = walkPacket(behindMarker(message), { ...raw, state: stateWith(text) })
    const broken = message.slice()
    broken[40] = (broken[40] as number) ^ 1
    const closed = walkPacket(behindMarker(broken), { ...raw, state: stateWith(text) })
    expect([seen.stop, seen.values('isakmp.notify.msgtype'), seen.values('mh.isakmp.integrity')]).toEqual([
      '',
      ['16400', '16398'],
      ['good'],
    ])
    expect([closed.values('isakmp.notify.msgtype'), closed.values('mh.isakmp.integrity'), closed.signals.map(brief)]).toEqual([
      [],
      ['bad'],
      [[SignalKind.Noted, 'INFORMATIONAL with a wrong integrity checksum']],
    ])
  })

  it('fragments are put together, in any order, and again in a second pass', () => {
    const { seal, length } = aead('gcm', key(36, 'a1'), 16)
    const whole = emitChain(payloads)
    const part = (number: number, begin: number, end: number): Uint8Array =>
      behindMarker(
        emitSealed(
          header(Exchange.Informational, FROM_INITIATOR, 6),
          { first: number === 1 ? Payload.Notify : 0, part: whole.slice(begin, end) },
          seal,
          length,
          [number, 3],
        ),
      )
    const packets = [part(2, 8, 20), part(1, 0, 8), part(3, 20, whole.length)]
    const state = stateWith(GCM)
    const types = packets.map((packet, row) => walkPacket(packet, { ...raw, state, row }).values('isakmp.notify.msgtype'))
    state.frozen = true
    const again = packets.map((packet, row) => walkPacket(packet, { ...raw, state, row }).values('isakmp.notify.msgtype'))
    expect([types, again]).toEqual([
      [[], [], ['16400', '16398']],
      [[], [], ['16400', '16398']],
    ])
  })
})

describe('a session as signals', () => {
  it('opens, is told addresses, moves, is verified, closes; ESP belongs to it', () => {
    const state = stateWith(GCM)
    const initiator = aead('gcm', key(36, 'a1'), 16)
    const responder = aead('gcm', key(36, 'b2'), 16)
    const from = (exchange: number, flags: number, id: number, list: IkePayload[]): Uint8Array => {
      const { seal, length } = (flags & FROM_INITIATOR) !== 0 ? initiator : responder
      return emitSealed(header(exchange, flags, id), list, seal, length)
    }
    const esp = (spi: string): IkePayload => emitProposal(3, hex(spi), [hex('0100000c800e0080')])
    const cookie = emitNotify(Notify.Cookie2, key(8, '99'))
    const packets = [
      emitUdpPacket(
        emitIke({ ...header(Exchange.SaInit, FROM_INITIATOR, 0), responderSpi: new Uint8Array(8) }, [
          { type: Payload.Nonce, body: key(16, '11') },
        ]),
        A,
      ),
      emitUdpPacket(emitIke(header(Exchange.SaInit, RESPONSE, 0), [{ type: Payload.Nonce, body: key(16, '12') }]), {
        ...A,
        source: A.destination,
        destination: A.source,
      }),
      behindMarker(
        from(Exchange.Auth, FROM_INITIATOR, 1, [
          esp('c0ffee01'),
          emitNotify(Notify.MobikeSupported),
          emitNotify(Notify.AdditionalIp4, hex('c0000202')),
        ]),
      ),
      backBehindMarker(from(Exchange.Auth, RESPONSE, 1, [esp('c0ffee02'), emitNotify(Notify.MobikeSupported)])),
      emitUdpPacket(joinBytes(hex('c0ffee02 00000001'), key(40, '77')), B),
      behindMarker(
        from(Exchange.Informational, FROM_INITIATOR, 2, [emitNotify(Notify.UpdateSaAddresses), cookie, emitNotify(Notify.NoAdditional)]),
      ),
      backBehindMarker(from(Exchange.Informational, RESPONSE, 2, [cookie])),
      behindMarker(from(Exchange.Informational, FROM_INITIATOR, 3, [emitNotify(Notify.UpdateSaAddresses)])),
      backBehindMarker(from(Exchange.Informational, RESPONSE, 3, [emitNotify(Notify.UnacceptableAddresses)])),
      backBehindMarker(from(Exchange.Informational, 0, 0, [{ type: Payload.Delete, body: hex('01000000') }])),
    ]
    const walked = packets.map((packet, row) => walkPacket(packet, { ...raw, state, row, record: false }))
    expect(walked.map(({ signals }) => signals.map(brief))).toMatchInlineSnapshot(`
      [
        [
          [
            1,
            "IKE_SA_INIT request",
          ],
        ],
        [
          [
            1,
            "IKE_SA_INIT response",
          ],
        ],
        [
          [
            1,
            "IKE_AUTH request",
          ],
          [
            6,
            "ADDITIONAL_IP4_ADDRESS",
          ],
          [
            20,
            "IKE_AUTH",
          ],
        ],
        [
          [
            2,
            "IKE_AUTH response",
          ],
          [
            20,
            "IKE_AUTH",
          ],
        ],
        [
          [
            4,
            null,
          ],
        ],
        [
          [
            10,
            "INFORMATIONAL request",
          ],
          [
            10,
            "COOKIE2",
          ],
          [
            9,
            "UPDATE_SA_ADDRESSES",
          ],
          [
            8,
            "NO_ADDITIONAL_ADDRESSES",
          ],
        ],
        [
          [
            11,
            "INFORMATIONAL response",
          ],
          [
            11,
            "COOKIE2",
          ],
          [
            7,
            "UPDATE_SA_ADDRESSES response",
          ],
          [
            12,
            "COOKIE2",
          ],
        ],
        [
          [
            10,
            "INFORMATIONAL request",
          ],
          [
            9,
            "UPDATE_SA_ADDRESSES",
          ],
        ],
        [
          [
            11,
            "INFORMATIONAL response",
          ],
          [
            7,
            "UPDATE_SA_ADDRESSES response",
          ],
        ],
        [
          [
            10,
            "INFORMATIONAL request",
          ],
          [
            3,
            "DELETE",
          ],
        ],
      ]
    `)
    expect(walked.every(({ stop }) => stop === '')).toBe(true)
  })

  it('an SA is one whatever its addresses; ESP of its SPIs is its payload', () => {
    const state = stateWith(GCM)
    const { seal, length } = aead('gcm', key(36, 'a1'), 16)
    const seen: unknown[] = []
    const walk = (packet: Uint8Array): void => {
      const { walk: w } = walkPacket(packet, { ...raw, state, record: false })
      seen.push([w.signal.protocol, w.signal.context, w.signal.side])
    }
    walk(
      behindMarker(
        emitSealed(header(Exchange.Auth, FROM_INITIATOR, 1), [emitProposal(3, hex('c0ffee01'), [hex('0100000c800e0080')])], seal, length),
      ),
    )
    walk(
      emitUdpPacket(joinBytes(MARKER, emitIke(header(Exchange.Informational, RESPONSE, 2), [])), {
        ...B,
        source: '2001:db8::1',
        destination: '2001:db8::2',
      }),
    )
    walk(emitUdpPacket(joinBytes(hex('c0ffee01 00000001'), key(40, '77')), { ...B, source: '203.0.113.9', destination: '192.0.2.1' }))
    expect(seen).toEqual([
      [SignalProtocol.Ikev2, 1, 0],
      [SignalProtocol.Ikev2, 1, 1],
      [SignalProtocol.Ikev2, 1, 1],
    ])
  })
})

describe('hostile bytes', () => {
  it('every cut of the vectors ends, blaming nobody', () => {
    const outcomes = new Set<string>()
    for (const packet of [SA_INIT, MOBIKE])
      for (let length = 28; length < packet.length; length++) {
        const seen = walkPacket(packet.slice(0, length), { ...raw, wireLength: packet.length, state: stateWith(MOBIKE_TABLE) })
        outcomes.add(seen.stop.split(' ')[0] as string)
      }
    expect([...outcomes].filter((stop) => stop !== '' && stop !== 'cut')).toEqual([])
  })

  const malformed: [string, IkePayload, RegExp][] = [
    ['a proposal past its payload', { type: Payload.Sa, body: hex('000000ff01010000') }, /proposal of 255 bytes/],
    ['a transform of 4 bytes', { type: Payload.Sa, body: hex('0000001001010001 0000000400000000') }, /transform of 4 bytes/],
    ['COOKIE2 of 4 bytes', emitNotify(Notify.Cookie2, key(4, '00')), /COOKIE2 of 4 bytes/],
    ['an address of 5 bytes', emitNotify(Notify.AdditionalIp4, key(5, '00')), /ADDITIONAL_IP4_ADDRESS with 5 bytes/],
    [
      'a selector past its payload',
      { type: Payload.SelectorInitiator, body: hex('01000000 07000040 0000ffff 00000000') },
      /traffic selector of 64 bytes/,
    ],
    ['a gateway past its notify', emitNotify(Notify.Redirect, hex('01ff0102')), /gateway identity of 255 bytes/],
    [
      'a configuration attribute past its payload',
      { type: Payload.Configuration, body: hex('01000000 000100ff') },
      /configuration attribute/,
    ],
  ]
  it.each(malformed)('%s is malformed', (_name, payload, expected) => {
    expect(walkPacket(emitUdpPacket(emitIke(header(Exchange.SaInit, FROM_INITIATOR, 0), [payload]), A), raw).stop).toMatch(expected)
  })

  it('arbitrary payloads end within their fuel', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 53 }), fc.boolean(), (body, first, version1) => {
        const o = version1 ? { ...header(2, 0, 0), version: 0x10 } : header(Exchange.SaInit, FROM_INITIATOR, 0)
        const message = joinBytes(emitIke(o, []), body)
        message[16] = first
        message[26] = message.length >> 8
        message[27] = message.length & 255
        const seen = walkPacket(emitUdpPacket(message, A), { ...raw, state: stateWith(GCM) })
        return seen.walk.fuel > -100
      }),
      { numRuns: 300 },
    )
  })

  it('a message of a thousand and more payloads ends', () => {
    const message = emitIke(
      header(Exchange.SaInit, FROM_INITIATOR, 0),
      Array.from({ length: 2_000 }, () => ({ type: Payload.Vendor, body: new Uint8Array(0) })),
    )
    expect(walkPacket(emitUdpPacket(message, A), raw).stop).toMatch(/^limit/)
  })
})
