/** Every packet of the shared test vectors is read to its end, its checksums are right, and it is what its name says. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hex } from '../../dissectors/link/emit.ts'
import { shared } from '../shared-material.ts'
import { walkPacket } from './core/record.ts'

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

describe('shared test vectors', () => {
  it('are all there', () => {
    expect(vectors.length).toBe(text.split('\n### ').length - 1)
    expect(vectors.length).toBeGreaterThanOrEqual(60)
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

  it('SCTP in UDP, as its words say', () => {
    const bytes = vectors.find((vector) => vector.name === 'sctp-udp-encaps')?.bytes as Uint8Array
    const seen = walkPacket(bytes, { linkType: 101 })
    expect([seen.family('udp').slice(0, 2), seen.values('sctp.chunk_type'), seen.values('sctp.init_initiate_tag')]).toEqual([
      ['udp.srcport 9899', 'udp.dstport 9899'],
      ['1'],
      ['0x01020304'],
    ])
  })

  it('GTP-U, as its words say', () => {
    const bytes = vectors.find((vector) => vector.name === 'gtpu')?.bytes as Uint8Array
    const seen = walkPacket(bytes, { linkType: 101 })
    expect([seen.values('gtp.message'), seen.values('gtp.teid'), seen.values('ipv6.src'), seen.values('udp.dstport')]).toEqual([
      ['0xff'],
      ['0x00001234'],
      ['2001:db8:a::1'],
      ['2152', '2000'],
    ])
  })
})
