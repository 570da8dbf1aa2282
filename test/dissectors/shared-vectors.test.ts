/** Every packet of the shared test vectors is read to its end, its checksums are right, and it says what its name and words say. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { StreamState } from '../../dissectors/core/state.ts'
import { hex } from '../../dissectors/link/emit.ts'
import { KeyStore } from '../../main/keys/store.ts'
import { shared } from '../shared-material.ts'
import { nodeCrypto, type Seen, walkPacket } from './core/record.ts'
import { WORDS } from './shared-vectors-words.ts'

const text = readFileSync(shared('protocols', 'vectors.md'), 'utf8')
const vectors = [...text.matchAll(/^### (\S+)\n(.+)\n`([0-9a-f]+)`/gm)].map(([, name, words, bytes]) => ({
  name: name as string,
  words: words as string,
  bytes: hex(bytes as string),
}))

/** The innermost layers that each family must show. */
const CHAINS: readonly [RegExp, RegExp][] = [
  [/^sctp-udp-encaps$/, /:udp:sctp$/],
  [/^sctp-/, /^raw:ip:sctp(:|$)/],
  [/^mptcp-/, /:tcp(:|$)/],
  [/^hip-/, /:hip$/],
  [/^shim6-payload$/, /:shim6:udp:data$/],
  [/^shim6-/, /:shim6$/],
  [/^mip6-/, /:mip6|:mipv6/],
  [/^(ike|mobike)-/, /:isakmp$/],
  [/^lisp-data$/, /:udp:lisp-data:ipv6:udp:data$/],
  [/^lisp-map/, /:udp:lisp$/],
  [/^(ilnp|ra-|na-|icmp6|redirect)/, /:icmpv6/],
  [/^dhcpv6-/, /:udp:dhcpv6$/],
  [/^dns-/, /:udp:dns$/],
  [/^bgp-/, /:tcp:bgp$/],
  [/^gtpu$/, /:udp:gtp:ipv6:udp:data$/],
  [/^quic-/, /:udp:quic$/],
]

/** The keys that the vectors' page tells, in Wireshark's IKEv2 table line. */
const SK = Array.from({ length: 36 }, (_, i) => i.toString(16).padStart(2, '0')).join('')
const IKE_KEYS = `0123456789abcdef,fedcba9876543210,${SK},${SK},"AES-GCM-256 with 16 octet ICV [RFC5282]",,,"NONE [RFC4306]"`

function bytesOf(name: string): Uint8Array {
  const vector = vectors.find((one) => one.name === name)
  if (vector === undefined) throw new Error(`no vector is called ${name}`)
  return vector.bytes
}

describe('shared test vectors', () => {
  it('are all there', () => {
    expect(vectors.length).toBe(text.split('\n### ').length - 1)
    expect(vectors.length).toBeGreaterThanOrEqual(60)
    expect(Object.keys(WORDS).sort()).toEqual(vectors.map(({ name }) => name).sort())
  })

  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (name, { bytes }) => {
    const seen = walkPacket(bytes, { linkType: 101 })
    const chain = CHAINS.find(([family]) => family.test(name))?.[1]
    expect(chain, `${name} has an expected chain`).toBeDefined()
    expect(seen.values('frame.protocols').join()).toMatch(chain as RegExp)
    expect(seen.stop).toBe('')
    // 2: not checked; 0: wrong. The packet that the ICMP error quotes has no checksum on purpose.
    const statuses = ['ip', 'tcp', 'udp', 'sctp', 'icmpv6', 'hip', 'shim6', 'mip6'].flatMap((layer) =>
      seen.values(`${layer}.checksum.status`),
    )
    expect(statuses.filter((status) => status === '0')).toEqual([])
    // Alone, nobody knows the identifiers that this checksum covers: the tests of Shim6 read it behind its handshake.
    expect(seen.walk.checksum === 1).toBe(name === 'shim6-payload')
  })

  it.each(vectors.map(({ name, words }) => [name, words] as const))('%s: %s', (name) => {
    const { after = [], fields } = WORDS[name] ?? { fields: {} }
    const state = new StreamState(nodeCrypto)
    state.keys = new KeyStore([{ path: 'vectors.md', text: IKE_KEYS }])
    let seen: Seen | undefined
    for (const [row, one] of [...after, name].entries()) seen = walkPacket(bytesOf(one), { linkType: 101, state, row, time: row * 1e6 })
    expect(Object.fromEntries(Object.keys(fields).map((field) => [field, seen?.values(field)]))).toEqual(fields)
  })
})
