/** Plays of rules about names, errors and answers that `variants.test.ts` shows in other ways, beside its own and those of sessions. */
import type { OpenDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { Association, opening } from '../stage.ts'
import { LinkScene, OTHER, siteOf } from './link-scene.ts'
import type { Play } from './plays-sessions.ts'

const C = '2001:db8:a:1::10'
const R = '2001:db8:f1::80'
const V = '2001:db8:7::7'
const NAME = 'service.example'

export const LINK_PLAYS: Record<string, Play> = {
  'T-DNS-IDENTITY': {
    play: () => {
      const one = new LinkScene()
      const { stage } = one
      const records = [
        { name: NAME, type: 28, ttl: 3600, address: stage.address(R), value: R },
        { name: NAME, type: 55, ttl: 3600, address: -1, value: '2001:20::1' },
      ]
      one.lookup(1, NAME, [R], { detail: { records, answers: 2 } })
      const [mine, theirs] = [[{ kind: 'hit', value: '2001:20::99' }], [{ kind: 'hit', value: '2001:20::2' }]]
      const there = { protocol: SignalProtocol.Hip, from: C, to: R, fromPort: 0, toPort: 0 }
      const back = { ...there, from: R, to: C, hops: 57 }
      const step = (t: number, n: 1 | 2 | 3 | 4, message: string): void => {
        const more: Partial<OpenDetail> = n % 2 === 1 ? { sender: mine, receiver: theirs } : { sender: theirs, receiver: mine }
        stage.packet(t, n % 2 === 1 ? there : back).emit(n === 4 ? SignalKind.Opened : SignalKind.Opening, {
          context: 1,
          side: n % 2 === 1 ? 0 : 1,
          detail: opening(message, n, more),
        })
      }
      step(5, 1, 'I1')
      step(5.1, 2, 'R1')
      step(5.2, 3, 'I2')
      step(5.3, 4, 'R2')
      return one.end(60)
    },
    late: 1.5,
  },
  'T-DNS-UPDATE': {
    play: () => {
      const client = '2001:db8:bad::5'
      const one = new LinkScene({ site: siteOf(['upA', ['2001:db8:a::/48', '2001:db8:53::/48']]) })
      return one.name(1, 'update', NAME, [], { client }).name(1.1, 'update-answer', NAME, [], { client }).end(60)
    },
    late: 1.05,
  },
  'T-ND-OFFLINK': {
    play: () => {
      const one = new LinkScene()
      for (let i = 0; i < 3; i++) one.neighbour(1 + i, 'advertisement', C, OTHER, { hopLimit: 254 })
      return one.end(60)
    },
  },
  'T-ND-SEND': {
    play: () => new LinkScene().neighbour(1, 'advertisement', C, OTHER, { signed: true, proof: 'wrong' }).end(60),
  },
  'T-REFLECT-AMP': {
    play: () => {
      const one = new LinkScene()
      for (let i = 0; i < 10; i++)
        one.step(1 + i, V, R, [30_000 + i, 80], 1, i + 1, { hops: 61 }).step(1.1 + i, V, R, [30_000 + i, 80], 3, 0, { hops: 61 })
      for (let i = 0; i < 40; i++) {
        one.step(300 + i * 0.2, V, R, [41_000 + i, 80], 1, 5000 + i, { hops: 50 })
        const wire = { protocol: SignalProtocol.Tcp, from: R, to: V, fromPort: 80, toPort: 41_000 + i, hops: 64 }
        one.stage.packet(300.01 + i * 0.2, wire, 3000)
      }
      return one.end(400)
    },
    late: 290,
    absence: true,
  },
  'T-ICMPERR': {
    play: () => {
      const a = new Association().open()
      const step = (t: number, path: number, i: number): void => {
        a.data(t, 0, path, i).sack(t + 0.04, 1, path, i)
      }
      for (let i = 0; i < 20; i++) step(1 + i * 0.1, 0, i)
      const reporter = a.stage.address('198.18.0.66')
      const detail = { version: 4, type: 3, code: 1, message: 'host unreachable', reporter, quotedToken: 0x1234, mtu: null } as const
      a.stage.packet(3, a.wire(0, 0)).emit(SignalKind.IcmpError, { protocol: SignalProtocol.Icmp, detail })
      a.stage.signal.protocol = SignalProtocol.Sctp
      for (let i = 20; i < 60; i++) step(3.1 + (i - 20) * 0.1, 1, i)
      a.stage.finish(60)
      return a.stage.analyzer.findings()
    },
    late: 0.5,
  },
}
