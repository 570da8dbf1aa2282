/** T-REDIR-PRE: an address claimed by somebody else, told by its owner's refusal or by its owner being turned away. */
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { opening, Stage, type Wire } from '../../stage.ts'
import { line } from '../scene.ts'

const M = '203.0.113.66'
const OWNER = '203.0.113.99'
const P = '192.0.2.10'
const TAGS = [0xaaaa, 0xbbbb] as const

/** M opens an association with P and lists `listed`; P tests it. */
class Listing {
  readonly stage = new Stage()

  wire(from: string, to: string, hops = 64, port = 45_001): Wire {
    const own = from === P
    return { protocol: SignalProtocol.Sctp, from, to, fromPort: own ? 5071 : port, toPort: own ? port : 5071, hops }
  }

  listed(address: string, message: string, token: number): void {
    this.stage.emit(SignalKind.Claimed, {
      token,
      detail: {
        message,
        address: this.stage.address(address),
        port: null,
        addressId: null,
        how: 'listed',
        authentication: 'A1',
        serial: null,
        correlation: null,
        wildcard: false,
      },
    })
  }

  open(listed = OWNER): this {
    const { stage } = this
    stage.packet(1, this.wire(M, P, 55)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: TAGS[0] }) })
    this.listed(M, 'INIT', 0)
    this.listed(listed, 'INIT', 0)
    stage
      .packet(1.02, this.wire(P, M))
      .emit(SignalKind.Opening, { token: TAGS[0], detail: opening('INIT ACK', 2, { initiateTag: TAGS[1] }) })
    stage.packet(1.03, this.wire(M, P, 55)).emit(SignalKind.Opening, { token: TAGS[1], detail: opening('COOKIE ECHO', 3) })
    stage.packet(1.05, this.wire(P, M)).emit(SignalKind.Opened, { token: TAGS[0], detail: opening('COOKIE ACK', 4) })
    return this
  }

  probe(t: number, to = OWNER): this {
    this.stage
      .packet(t, this.wire(P, to))
      .emit(SignalKind.Probed, { token: TAGS[0], detail: { message: 'HEARTBEAT', match: 'ab', authentication: 'A1' } })
    return this
  }

  icmp(t: number, type: number, code: number, reporter = OWNER, to = OWNER): this {
    this.stage.packet(t, this.wire(P, to)).emit(SignalKind.IcmpError, {
      protocol: SignalProtocol.Icmp,
      detail: {
        version: 4,
        type,
        code,
        message: 'Destination unreachable (protocol unreachable)',
        reporter: this.stage.address(reporter),
        quotedToken: TAGS[0],
        mtu: null,
      },
    })
    this.stage.signal.protocol = SignalProtocol.Sctp
    return this
  }

  found(): string[] {
    this.stage.finish(60)
    return this.stage.analyzer
      .findings()
      .filter((f) => f.rule === 'T-REDIR-PRE')
      .map(line)
  }
}

describe('weak', () => {
  test('fires: the listed address says that it does not speak SCTP', () => {
    expect(new Listing().open().probe(1.1).icmp(1.12, 3, 2).found()).toEqual([`T-REDIR-PRE medium 55 @1.12 ${M} > ${OWNER}`])
  })

  test('fires: it aborts what it did not ask for', () => {
    const listing = new Listing().open().probe(1.1)
    listing.stage.packet(1.12, listing.wire(OWNER, P, 60)).emit(SignalKind.Closed, {
      token: TAGS[0],
      detail: { message: 'ABORT', abrupt: true, final: true, cause: null, authentication: 'A1' },
    })
    expect(listing.found()).toEqual([`T-REDIR-PRE medium 55 @1.12 ${M} > ${OWNER}`])
  })

  test('quiet: what it aborts is another association, of other ports', () => {
    const listing = new Listing().open().probe(1.1)
    listing.stage
      .packet(3, listing.wire(P, OWNER, 64, 45_002))
      .emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0xcccc }) })
    listing.stage.packet(3.02, listing.wire(OWNER, P, 60, 45_002)).emit(SignalKind.Closed, {
      token: 0xcccc,
      detail: { message: 'ABORT', abrupt: true, final: true, cause: null, authentication: 'A1' },
    })
    expect(listing.found()).toEqual([])
  })

  test('quiet: it answers the test, and later its errors are its own', () => {
    const listing = new Listing().open().probe(1.1)
    listing.stage
      .packet(1.12, listing.wire(OWNER, P, 60))
      .emit(SignalKind.ProbeAnswered, { token: TAGS[1], detail: { message: 'HEARTBEAT ACK', match: 'ab', authentication: 'A1' } })
    expect(listing.probe(9).icmp(9.1, 3, 2).found()).toEqual([])
  })

  test('look-alikes: a router cannot reach it, a filter, a closed port, the claimant itself', () => {
    expect(new Listing().open().probe(1.1).icmp(1.2, 3, 1, '203.0.113.1').found()).toEqual([])
    expect(new Listing().open().probe(1.1).icmp(1.2, 3, 13).found()).toEqual([])
    expect(new Listing().open().probe(1.1).icmp(1.2, 3, 3).found()).toEqual([])
    expect(new Listing().open().probe(1.1, M).icmp(1.2, 3, 2, M, M).found()).toEqual([])
  })

  test('look-alike: a private address behind a translator is no more than low, and not reported', () => {
    expect(new Listing().open('10.0.0.9').probe(1.1, '10.0.0.9').icmp(1.12, 3, 2, '10.0.0.9', '10.0.0.9').found()).toEqual([])
  })
})

describe('strong', () => {
  const owner = (listing: Listing, hops: number, answered: boolean) => {
    const { stage } = listing
    stage.packet(5, listing.wire(OWNER, P, hops)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0xcccc }) })
    if (answered)
      stage.packet(5.02, listing.wire(P, OWNER)).emit(SignalKind.Closed, {
        token: 0xcccc,
        detail: { message: 'ABORT', abrupt: true, final: true, cause: null, authentication: 'A1' },
      })
    return listing.found()
  }

  test('fires: the owner is turned away; another hop limit makes it surer', () => {
    expect(owner(new Listing().open().probe(1.1), 60, true)).toEqual([`T-REDIR-PRE high 70 @5.02 ${M} > ${OWNER}`])
    expect(owner(new Listing().open().probe(1.1), 55, true)).toEqual([`T-REDIR-PRE high 55 @5.02 ${M} > ${OWNER}`])
  })

  test('quiet: it is let in', () => {
    expect(owner(new Listing().open().probe(1.1), 60, false)).toEqual([])
  })

  test('fires: the answer to the owner goes to the claimant', () => {
    const listing = new Listing().open().probe(1.1)
    const { stage } = listing
    stage.packet(5, listing.wire(OWNER, P, 60)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0xcccc }) })
    const answer = opening('INIT ACK', 2, { initiateTag: 0xdddd })
    stage.packet(5.02, listing.wire(P, M)).emit(SignalKind.Opening, { token: 0xcccc, detail: answer })
    expect(listing.found()).toEqual([`T-REDIR-PRE high 70 @5.02 ${M} > ${OWNER}`])
  })
})
