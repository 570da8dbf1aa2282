import { describe, expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { hex, join } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import type { GatewayDetail, LeaseDetail, LivenessDetail } from '../../../shared/signal-details.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

class Talk {
  readonly state = new StreamState(nodeCrypto)

  send(packet: Uint8Array, kind: SignalKind): object[] {
    const seen = walkPacket(packet, { linkType: 101, state: this.state, record: false })
    return seen.signals.filter((s) => s.kind === kind).map((s) => s.detail as object)
  }

  six(payload: string, server: boolean): LeaseDetail[] {
    const [sourcePort, destinationPort] = server ? [547, 546] : [546, 547]
    const packet = emitUdpPacket(hex(payload), { source: 'fe80::1', destination: 'fe80::2', sourcePort, destinationPort })
    return this.send(packet, SignalKind.Leased) as LeaseDetail[]
  }

  four(payload: Uint8Array, server: boolean): LeaseDetail[] {
    const [sourcePort, destinationPort] = server ? [67, 68] : [68, 67]
    const packet = emitUdpPacket(payload, { source: '192.0.2.1', destination: '192.0.2.2', sourcePort, destinationPort })
    return this.send(packet, SignalKind.Leased) as LeaseDetail[]
  }
}

const client = '0001 000a 0003 0001 020000000001'
const server = '0002 000a 0003 0001 020000000002'
const words = ({ message, authentication, grants, status, relay }: LeaseDetail) =>
  [message, authentication, grants.map((g) => `${g.subject}/${g.prefixLength} ${g.association} ${g.valid} ${g.excluded}`), status, relay]
    .flat()
    .join(' ')
    .trim()

describe('DHCPv6', () => {
  it('a prefix asked for and granted, with one part kept out', () => {
    const talk = new Talk()
    expect(talk.six(`01 aabbcc ${client} 0019 000c 00000007 00000000 00000000`, false).map(words)).toEqual(['SOLICIT A0'])
    const exclude = '0043 0002 40 05'
    const prefix = `001a 001f 00000e10 00001c20 38 20010db8000a0100 0000000000000000 ${exclude}`
    const reply = `07 aabbcc ${client} ${server} 0019 002f 00000007 00000708 00000b40 ${prefix}`
    expect(talk.six(reply, true).map(words)).toEqual(['REPLY A1 2001:db8:a:100::/56 7 7200 2001:db8:a:105::/64'])
    expect(talk.six(reply.replace('aabbcc', 'aabbcd'), true).map(words)).toEqual([
      'REPLY A0 2001:db8:a:100::/56 7 7200 2001:db8:a:105::/64',
    ])
  })

  it('a refusal inside an association, and a relayed message', () => {
    const talk = new Talk()
    const refused = `07 aabbcc ${client} ${server} 0019 0012 00000007 00000000 00000000 000d 0002 0006`
    expect(talk.six(refused, true).map(words)).toEqual(['REPLY A0 NoPrefixAvail'])
    const inner = `06 010203 ${client} 0003 0028 00000001 00000000 00000000 0005 0018 20010db8000000000000000000000009 0000000a 00000014`
    const size = (inner.replaceAll(' ', '').length / 2).toString(16).padStart(4, '0')
    const relayed = `0c 00 20010db8000000000000000000000001 fe800000000000000000000000000007 0009 ${size} ${inner}`
    expect(talk.six(relayed, false).map(words)).toEqual(['REBIND A0 2001:db8::9/128 1 20 null  2001:db8::1'])
  })

  it('bytes of another protocol are declined', () => {
    const chain = (payload: string) =>
      walkPacket(emitUdpPacket(hex(payload), { source: 'fe80::1', destination: 'fe80::2', sourcePort: 546, destinationPort: 547 }), {
        linkType: 101,
      }).values('frame.protocols')
    expect([chain('ff 000000'), chain('01 aabbcc 0001 ffff 00'), chain('01 aabbcc')]).toEqual([
      ['raw:ipv6:udp:data'],
      ['raw:ipv6:udp:data'],
      ['raw:ipv6:udp:dhcpv6'],
    ])
  })
})

describe('DHCPv4', () => {
  const message = (operation: number, id: string, yours: string, options: string) =>
    join(
      hex(`0${operation} 01 06 00 ${id} 0000 0000 00000000 ${yours} 00000000 00000000 020000000001`),
      new Array(202).fill(0),
      hex(`63825363 ${options} ff`),
    )

  it('discover, offer, a second server that was not asked', () => {
    const talk = new Talk()
    expect(talk.four(message(1, '01020304', '00000000', '350101 3204 c0000207'), false).map(words)).toEqual([
      'DISCOVER A0 192.0.2.7/32 null null null',
    ])
    const offer = '350102 3604 c0000201 3304 00000e10 0104 ffffff00 0304 c0000201'
    const [lease] = talk.four(message(2, '01020304', 'c0000209', offer), true)
    expect(words(lease as LeaseDetail)).toBe('OFFER A1 192.0.2.9/24 null 3600 null')
    expect([lease?.server, lease?.mac, lease?.routers.length]).toEqual(['192.0.2.1', '02:00:00:00:00:01', 1])
    expect(talk.four(message(2, '01020305', 'c0000209', offer), true).map(words)).toEqual(['OFFER A0 192.0.2.9/24 null 3600 null'])
  })
})

describe('routers and paths', () => {
  it('VRRP: a master speaks, then leaves', () => {
    const talk = new Talk()
    const send = (payload: string) =>
      (
        talk.send(
          emitIpv4(hex(payload), { source: '192.0.2.2', destination: '224.0.0.18', protocol: 112, ttl: 255 }),
          SignalKind.Gateway,
        ) as GatewayDetail[]
      ).map((d) => `${d.group} ${d.state} ${d.priority} ${d.addresses.map((a) => talk.state.flows.addresses.text(a))}`)
    expect(send('31 0a c8 01 0064 0000 c0000201')).toEqual(['vrrp-3/10 active 200 192.0.2.1'])
    expect(send('31 0a 00 01 0064 0000 c0000201')).toEqual(['vrrp-3/10 leaving 0 192.0.2.1'])
  })

  it('HSRP: standby becomes active, resigns; other versions are declined', () => {
    const talk = new Talk()
    const send = (payload: string) => {
      const packet = emitUdpPacket(hex(payload), { source: '192.0.2.2', destination: '224.0.0.2', sourcePort: 1985, destinationPort: 1985 })
      return (talk.send(packet, SignalKind.Gateway) as GatewayDetail[]).map((d) => `${d.message} ${d.group} ${d.state} ${d.priority}`)
    }
    const rest = (state: string) => `${state} 03 0a c8 01 00 636973636f000000 c0000201`
    expect(['0000', '0001', '0002', '0100'].flatMap((head, i) => send(`${head} ${rest(i === 0 ? '08' : '10')}`))).toEqual([
      'Hello hsrp-1/1 standby 200',
      'Coup hsrp-1/1 active 200',
      'Resign hsrp-1/1 leaving 200',
    ])
  })

  it('BFD: only changes of state are signalled', () => {
    const talk = new Talk()
    const send = (head: string) => {
      const packet = emitUdpPacket(hex(`${head} 03 18 00000001 00000002 000f4240 000f4240 00000000`), {
        source: '192.0.2.1',
        destination: '192.0.2.2',
        sourcePort: 49152,
        destinationPort: 3784,
      })
      return (talk.send(packet, SignalKind.Liveness) as LivenessDetail[]).map((d) => `${d.state} ${d.cause}`)
    }
    expect(['20c0', '20c0', '2140', '2140', '20c0', '00c0'].map(send)).toEqual([
      ['up null'],
      [],
      ['down control detection time expired'],
      [],
      ['up null'],
      [],
    ])
  })
})
