import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { TlsSecret } from '../../../dissectors/core/keys.ts'
import { CaptureSecrets } from '../../../main/keys/capture-secrets.ts'
import { readIkeLine } from '../../../main/keys/ikev2-lines.ts'
import { KeyStore } from '../../../main/keys/store.ts'
import { readTlsLine } from '../../../main/keys/tls-lines.ts'
import { shared } from '../../shared-material.ts'

const RANDOM = '1c'.repeat(32)
const SECRET = 'c1b6'.repeat(16)
const SPIS = ['bde41c041abeb09b', 'd098965010f7e705']
const KEY = 'ab'.repeat(16)
const MAC = 'cd'.repeat(32)
const IKE = `${SPIS[0]},${SPIS[1]},${KEY},${KEY},"AES-CBC-128 [RFC3602]",${MAC},${MAC},"HMAC_SHA2_256_128 [RFC4868]"`
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
const store = (text: string): KeyStore => new KeyStore([{ path: 'a.keys', text }])

describe('TLS lines', () => {
  const cases: [string, string, unknown][] = [
    [
      'a traffic secret',
      `CLIENT_TRAFFIC_SECRET_0 ${RANDOM} ${SECRET}`,
      { secret: TlsSecret.ClientTraffic, clientRandom: RANDOM, value: bytes(SECRET) },
    ],
    [
      'of SHA-384',
      `SERVER_HANDSHAKE_TRAFFIC_SECRET ${RANDOM.toUpperCase()} ${SECRET}${SECRET.slice(0, 32)}`,
      { secret: TlsSecret.ServerHandshake, clientRandom: RANDOM, value: bytes(SECRET + SECRET.slice(0, 32)) },
    ],
    [
      'by an early QUIC stack',
      `QUIC_CLIENT_EARLY_TRAFFIC_SECRET ${RANDOM} ${SECRET}`,
      { secret: TlsSecret.ClientEarly, clientRandom: RANDOM, value: bytes(SECRET) },
    ],
    ['a secret that is not needed', `EXPORTER_SECRET ${RANDOM} ${SECRET}`, 'other'],
    ['an older protocol', `CLIENT_RANDOM ${RANDOM} ${SECRET}`, 'other'],
    ['RSA by session', `RSA Session-ID:0102 Master-Key:${SECRET}`, 'other'],
    ['a short random', `CLIENT_TRAFFIC_SECRET_0 1c1c ${SECRET}`, 'bad'],
    ['a secret of no hash', `CLIENT_TRAFFIC_SECRET_0 ${RANDOM} ${SECRET}00`, 'bad'],
    ['digits missing', `CLIENT_TRAFFIC_SECRET_0 ${RANDOM} ${SECRET.slice(1)}`, 'bad'],
    ['something else', 'hello world', 'bad'],
  ]
  it.each(cases)('%s', (_name, line, expected) => {
    expect(readTlsLine(line)).toEqual(expected)
  })
})

describe('IKEv2 table lines', () => {
  const line = (encryption: string, keyBytes: number, integrity = '"NONE [RFC4306]"', macBytes = 0): string =>
    `${SPIS[0]},0x${SPIS[1]},${'00'.repeat(keyBytes)},${'11'.repeat(keyBytes)},${encryption},${'22'.repeat(macBytes)},${'33'.repeat(macBytes)},${integrity}`
  const understood: [string, string, unknown, unknown][] = [
    [
      'AES-CBC and HMAC-SHA2-256',
      IKE,
      { kind: 'block', cipher: 'aes-cbc', vector: 16, block: 16, salt: 0 },
      { hash: 'sha256', length: 16 },
    ],
    [
      'AES-CTR with its nonce',
      line('"AES-CTR-192 [RFC5930]"', 28, '"HMAC_SHA2_512_256 [RFC4868]"', 64),
      { kind: 'block', cipher: 'aes-ctr', vector: 8, block: 1, salt: 4 },
      { hash: 'sha512', length: 32 },
    ],
    [
      'AES-GCM',
      line('"AES-GCM-256 with 16 octet ICV [RFC5282]"', 36),
      { kind: 'aead', cipher: 'aes-gcm', vector: 8, salt: 4, tag: 16 },
      { hash: null, length: 0 },
    ],
    [
      'AES-GCM with a short tag',
      line('"AES-GCM-128 with 8 octet ICV [RFC5282]"', 20),
      { kind: 'aead', cipher: 'aes-gcm', vector: 8, salt: 4, tag: 8 },
      { hash: null, length: 0 },
    ],
    [
      'AES-CCM',
      line('"AES-CCM-128 with 12 octet ICV [RFC5282]"', 19),
      { kind: 'aead', cipher: 'aes-ccm', vector: 8, salt: 3, tag: 12 },
      { hash: null, length: 0 },
    ],
    [
      '3DES',
      line('"3DES [RFC2451]"', 24, '"HMAC_SHA1_96 [RFC2404]"', 20),
      { kind: 'block', cipher: '3des-cbc', vector: 8, block: 8, salt: 0 },
      { hash: 'sha1', length: 12 },
    ],
    ['NULL', line('"NULL [RFC2410]"', 0, '"HMAC_MD5_96 [RFC2403]"', 16), { kind: 'none' }, { hash: 'md5', length: 12 }],
    [
      'numbers of the registries',
      line('20', 36, '0'),
      { kind: 'aead', cipher: 'aes-gcm', vector: 8, salt: 4, tag: 16 },
      { hash: null, length: 0 },
    ],
    [
      'ChaCha20 by number',
      line('28', 36, '0'),
      { kind: 'aead', cipher: 'chacha20-poly1305', vector: 8, salt: 4, tag: 16 },
      { hash: null, length: 0 },
    ],
    [
      'an integrity nobody checks',
      line('"AES-CBC-128 [RFC3602]"', 16, '"ANY 96-bits of Authentication [No Checking]"', 5),
      { kind: 'block', cipher: 'aes-cbc', vector: 16, block: 16, salt: 0 },
      { hash: null, length: 12 },
    ],
  ]
  it.each(understood)('%s', (_name, text, cipher, integrity) => {
    const read = readIkeLine(text)
    expect(read).toMatchObject({ spis: SPIS.join(''), keys: { cipher, integrity } })
  })

  const refused: [string, string][] = [
    ['is no line of an IKEv2 decryption table', 'a,b'],
    ['is no line of an IKEv2 decryption table', `${IKE},more`],
    ['has an SPI that is not 16 hexadecimal digits', IKE.replace(SPIS[0] as string, '12')],
    ['names an encryption algorithm that is not known', IKE.replace('AES-CBC-128', 'ROT13')],
    ['names an integrity algorithm that is not known', IKE.replace('HMAC_SHA2_256_128', 'SUM')],
    ['has an encryption key whose length is not its algorithm’s', IKE.replace('AES-CBC-128', 'AES-CBC-256')],
    ['has an integrity key whose length is not its algorithm’s', IKE.replace('SHA2_256_128', 'SHA2_512_256')],
  ]
  it.each(refused)('%s', (words, text) => {
    expect(readIkeLine(text)).toBe(words)
  })
})

describe('the store', () => {
  it('finds secrets by random and SAs by SPIs, wherever they stand in a memory', () => {
    const keys = store(`# comment\r\n\r\nCLIENT_TRAFFIC_SECRET_0 ${RANDOM} ${SECRET}\r\n${IKE}`)
    const memory = bytes(`ffff${RANDOM}ff${SPIS.join('')}ff`)
    expect({
      client: keys.tlsSecret(TlsSecret.ClientTraffic, memory, 2),
      server: keys.tlsSecret(TlsSecret.ServerTraffic, memory, 2),
      other: keys.tlsSecret(TlsSecret.ClientTraffic, memory, 1),
      ike: keys.ikeKeys(memory, 35)?.encryptionKey[0],
      none: keys.ikeKeys(memory, 34),
      counts: keys.counts(),
    }).toEqual({ client: bytes(SECRET), server: null, other: null, ike: bytes(KEY), none: null, counts: { tls: 1, ikev2: 1 } })
  })

  it('names bad lines by file and number, five of them, and never quotes', () => {
    const keys = store(`first\nCLIENT_TRAFFIC_SECRET_0 ${RANDOM} ${SECRET}ff\n${IKE.replace('AES-CBC-128', 'X')}\n${'bad\n'.repeat(7)}`)
    const problems = keys.problems()
    expect(problems).toEqual([
      'a.keys: line 1 is neither an SSLKEYLOGFILE nor an IKEv2 table line; it is passed over',
      'a.keys: line 2 is neither an SSLKEYLOGFILE nor an IKEv2 table line; it is passed over',
      'a.keys: line 3 names an encryption algorithm that is not known; it is passed over',
      'a.keys: line 4 is neither an SSLKEYLOGFILE nor an IKEv2 table line; it is passed over',
      'a.keys: line 5 is neither an SSLKEYLOGFILE nor an IKEv2 table line; it is passed over',
      'a.keys: 5 more lines are neither',
    ])
    expect(problems.join('\n')).not.toMatch(/c1b6|abab|cdcd/)
  })

  it('reads a text only when it is asked', () => {
    const keys = new KeyStore()
    let read = 0
    keys.add({
      path: 'late.keys',
      get text() {
        read++
        return IKE
      },
    })
    const before = read
    keys.problems()
    expect([before, read > 0, keys.version]).toEqual([0, true, 1])
  })

  it('shows counts, never keys, however it is printed', () => {
    const keys = store(`CLIENT_TRAFFIC_SECRET_0 ${RANDOM} ${SECRET}\n${IKE}`)
    const shown = [
      JSON.stringify({ keys }),
      inspect(keys, { depth: 9, showHidden: true }),
      `${Object.keys(keys)}`,
      JSON.stringify(structuredClone({ ...keys })),
    ]
    expect(shown.join('\n')).not.toMatch(/c1b6|abab|cdcd|1c1c/i)
    expect(shown[0]).toBe('{"keys":{"tls":1,"ikev2":1}}')
  })

  it('takes TLS secrets that the capture brings, once each', () => {
    const keys = new KeyStore()
    const secrets = new CaptureSecrets(keys)
    const data = new TextEncoder().encode(`CLIENT_TRAFFIC_SECRET_0 ${RANDOM} ${SECRET}\n`)
    const facts = {
      path: 'a.pcapng',
      secrets: [
        { type: 'wireguard', data },
        { type: 'tls', data },
      ],
    }
    secrets.take(facts as never)
    secrets.take(facts as never)
    expect([keys.version, keys.counts()]).toEqual([1, { tls: 1, ikev2: 0 }])
  })

  it('reads the recorded key files without a complaint', () => {
    const texts = ['mobike.ikekeys', 'quic-migration.keys'].map((name) => ({
      path: name,
      text: readFileSync(shared('testbed', 'recorded', name), 'utf8'),
    }))
    const keys = new KeyStore(texts)
    expect([keys.problems(), keys.counts()]).toEqual([[], { tls: 2, ikev2: 1 }])
  })
})
