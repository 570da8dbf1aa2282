/** A stage for rules about contexts: signals of numbered identifier pairs between two hosts, and what was found as short lines. */
import type { SiteFile } from '../../../../main/analysis/site-file.ts'
import type { FindingReport } from '../../../../shared/report.ts'
import type { ClaimAnswerDetail, ClaimDetail, SignalDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, UnitSpace } from '../../../../shared/signals.ts'
import { BASE, opening, Stage } from '../stage.ts'

/** Host P (captured, side 0) and its peer E (side 1) with its locators; C is a stranger. */
export const P = '2001:db8:1::10'
export const P2 = '2001:db8:2::10'
export const E1 = '2001:db8:f1::80'
export const E2 = '2001:db8:f2::80'
export const C = '2001:db8:dead::99'
export const X = '2001:db8:bad::66'

export type Side = 0 | 1
type Facts = Partial<Omit<Signal, 'gapStart' | 'gapEnd'>>

export class Scene {
  readonly stage: Stage
  private unit = 1

  constructor(
    readonly protocol: SignalProtocol,
    private readonly number = 1,
    site?: SiteFile,
    /** packets that the capture says it lost */
    dropped = 0,
  ) {
    this.stage = new Stage({ site, ...(dropped === 0 ? {} : { interfaces: [{ id: 0, name: 'upA', addresses: [], dropped }] }) })
  }

  /** Any signal of the pair. */
  say(
    t: number,
    kind: SignalKind,
    from: string,
    to: string,
    side: Side | -1,
    detail: SignalDetail | null,
    facts: Facts = {},
    hops?: number,
  ): this {
    this.stage
      .packet(t, { protocol: this.protocol, from, to, fromPort: 0, toPort: 0, interface: 0, ...(hops === undefined ? {} : { hops }) })
      .emit(kind, { context: side < 0 ? 0 : this.number, side, detail, ...facts })
    return this
  }

  /** One more signal of the packet given last. */
  also(kind: SignalKind, side: Side, detail: SignalDetail): this {
    this.stage.emit(kind, { context: this.number, side, detail })
    return this
  }

  /** P opens, E answers: the context is up at `t`. */
  open(t = 0, peer = E1): this {
    const names = (side: Side) => [
      { kind: this.protocol === SignalProtocol.Lisp ? 'eid' : 'hit', value: side === 0 ? 'fd00:1::1' : 'fd00:2::1' },
    ]
    this.say(t, SignalKind.Opening, P, peer, 0, opening('I2', 1, { sender: names(0), receiver: names(1) }))
    return this.say(t + 0.02, SignalKind.Opened, peer, P, 1, opening('R2', 4, { sender: names(1), receiver: names(0) }))
  }

  data(t: number, from: string, to: string, side: Side, bytes = 100): this {
    return this.say(
      t,
      SignalKind.Payload,
      from,
      to,
      side,
      null,
      { space: UnitSpace.Datagram, unit: this.unit++, span: 1, bytes },
      side === 0 ? 64 : 55,
    )
  }

  /** Both ways, ten times, 50 ms apart. */
  talk(t: number, peer = E1, own = P): this {
    for (let i = 0; i < 10; i++) this.data(t + i * 0.05, own, peer, 0).data(t + i * 0.05 + 0.02, peer, own, 1)
    return this
  }

  /** P alone sends, `count` times, `gap` seconds apart. */
  send(t: number, to: string, count: number, gap = 0.02, bytes = 100): this {
    for (let i = 0; i < count; i++) this.data(t + i * gap, P, to, 0, bytes)
    return this
  }

  claim(t: number, from: string, address: string, more: Partial<ClaimDetail> = {}, facts: Facts = {}): this {
    return this.say(t, SignalKind.Claimed, from, P, 1, this.detail(address, more), facts, 55)
  }

  detail(address: string, more: Partial<ClaimDetail> = {}): ClaimDetail {
    return {
      message: 'UPDATE',
      address: this.stage.address(address),
      port: null,
      addressId: null,
      how: 'signalled',
      authentication: 'A1',
      serial: null,
      correlation: null,
      wildcard: false,
      ...more,
    }
  }

  answer(t: number, to: string, address: string, more: Partial<ClaimAnswerDetail> = {}): this {
    return this.say(t, SignalKind.ClaimAnswered, P, to, 0, {
      message: 'ACK',
      accepted: true,
      serial: null,
      correlation: null,
      addressId: null,
      address: this.stage.address(address),
      authentication: 'A1',
      cause: null,
      ...more,
    })
  }

  /** An answered test of `address`, which sends the answer itself. */
  test(t: number, address: string): this {
    this.say(t, SignalKind.Probed, P, address, 0, { message: 'ECHO_REQUEST', match: `n${t}`, authentication: 'A1' })
    this.say(t + 0.02, SignalKind.ProbeAnswered, address, P, 1, { message: 'ECHO_RESPONSE', match: `n${t}`, authentication: 'A1' }, {}, 55)
    return this.also(SignalKind.Verified, 1, { message: 'ECHO_RESPONSE', authentication: 'A2' })
  }

  icmp(t: number, target: string, type: number, code: number, reporter = target): this {
    return this.say(t, SignalKind.IcmpError, P, target, -1, {
      version: 6,
      type,
      code,
      message: `ICMPv6 ${type}/${code}`,
      reporter: this.stage.address(reporter),
      quotedToken: null,
      mtu: null,
    })
  }

  findings(seconds?: number): FindingReport[] {
    this.stage.finish(seconds)
    return this.stage.analyzer.findings().filter((f) => !/^(ING|T-ND|T-DNS|T-RTE|T-PRIV|T-INGRESS)/.test(f.rule))
  }

  /** 'rule severity confidence @ second claimant > victim' */
  found(seconds?: number): string[] {
    return this.findings(seconds).map(line)
  }
}

export function line(f: FindingReport): string {
  return `${f.rule} ${f.severity} ${f.confidence} @${Math.round((f.t - BASE) * 1000) / 1000} ${f.claimant ?? '-'} > ${f.victim ?? '-'}`
}
