import { describe, expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import {
  dnsOption,
  emitIcmpv6Error,
  emitNeighborAdvertisement,
  emitRedirect,
  emitRouterAdvertisement,
  linkAddressOption,
  option,
  prefixOption,
  routeOption,
} from '../../../dissectors/icmpv6/emit.ts'
import { bytes32, hex, join } from '../../../dissectors/link/emit.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const raw = { linkType: 101 }
/** Made by another implementation: what is built and what is read must both agree with it. */
const vectors = {
  advertisement:
    '6000000000883afffe800000000000000000000000000001ff02000000000000000000000000000186009fde4008070800000000000000000101020000000001030440c000015180000038400000000020010db8000a00000000000000000000030440c000015180000000000000000020010db8000b00000000000000000000180230080000070820010db8000c000019030000000004b020010db800000000000000000000005305010000000005dc',
  neighbor:
    '6000000000203afffe800000000000000000000000000002ff0200000000000000000000000000018800d798a0000000fe8000000000000000000000000000010201020000000002',
  ingress:
    '6000000000443a3e20010db8000b00ff000000000000000120010db8000a000000000000000000050105ef9600000000600000000014064020010db8000a0000000000000000000520010db8ffff000000000000000000099c400050000003e8000000005002ffff00000000',
  redirect:
    '6000000000303afffe80000000000000000000000000000120010db8000a0000000000000000000589001a0300000000fe80000000000000000000000000000220010db8ffff000000000000000000090201020000000002',
}
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('vectors', () => {
  it('are what the builders make', () => {
    const all = { source: 'fe80::1', destination: 'ff02::1' }
    expect({
      advertisement: text(
        emitRouterAdvertisement({
          ...all,
          flags: 0x08,
          lifetime: 1800,
          options: [
            linkAddressOption(1, '02:00:00:00:00:01'),
            prefixOption({ prefix: '2001:db8:a::', length: 64, valid: 86_400, preferred: 14_400 }),
            prefixOption({ prefix: '2001:db8:b::', length: 64, valid: 86_400, preferred: 0 }),
            routeOption('2001:db8:c::', 48, 1, 1800),
            dnsOption(1200, ['2001:db8::53']),
            option(5, join([0, 0], bytes32(1500))),
          ],
        }),
      ),
      neighbor: text(
        emitNeighborAdvertisement('fe80::1', 0xa0000000, { source: 'fe80::2', destination: 'ff02::1' }, [
          linkAddressOption(2, '02:00:00:00:00:02'),
        ]),
      ),
      ingress: text(
        emitIcmpv6Error(1, 5, 0, hex(vectors.ingress.slice(96)), {
          source: '2001:db8:b:ff::1',
          destination: '2001:db8:a::5',
          hopLimit: 62,
        }),
      ),
      redirect: text(
        emitRedirect('fe80::2', '2001:db8:ffff::9', { source: 'fe80::1', destination: '2001:db8:a::5' }, [
          linkAddressOption(2, '02:00:00:00:00:02'),
        ]),
      ),
    }).toEqual(vectors)
  })

  it('are read without a stop and with good checksums', () => {
    const seen = Object.values(vectors).map((vector) => {
      const { stop, values } = walkPacket(hex(vector), raw)
      return [stop, values('icmpv6.checksum.status').join()]
    })
    expect(seen).toEqual([
      ['', '1'],
      ['', '1'],
      ['', '1'],
      ['', '1'],
    ])
  })

  it('source address failed ingress policy: the error names the connection', () => {
    const state = new StreamState(nodeCrypto)
    walkPacket(hex(vectors.ingress.slice(96)), { ...raw, state, record: false })
    const { signals } = walkPacket(hex(vectors.ingress), { ...raw, state, row: 1, record: false })
    expect(signals.map(({ kind, flow, direction, detail }) => ({ kind, flow, direction, detail }))).toEqual([
      {
        kind: SignalKind.IcmpError,
        flow: 0,
        direction: 0,
        detail: {
          version: 6,
          type: 1,
          code: 5,
          message: 'Destination unreachable (source address failed ingress/egress policy)',
          reporter: 2,
          quotedToken: 1000,
          mtu: null,
          quotedSource: 0,
          quotedDestination: 1,
          quotedProtocol: 6,
          receiver: 0,
        },
      },
    ])
  })
})
