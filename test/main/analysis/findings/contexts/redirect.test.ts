/** T-REDIR-EST, T-FLOOD3, T-BLACKHOLE: each fires on its sequence, keeps quiet on the honest one and on every look-alike. */
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { Association } from '../../stage.ts'
import { C, E1, E2, line, P, Scene, X } from '../scene.ts'

const ilnp = () => new Scene(SignalProtocol.Ilnp).open().talk(1)

describe('T-REDIR-EST', () => {
  test('fires: data to a claimed locator that nothing proves', () => {
    const scene = ilnp().claim(3, E1, C).answer(3.01, E1, C).send(3.1, C, 3)
    expect(scene.found(20)).toEqual([`T-REDIR-EST high 60 @3.14 ${E1} > ${C}`])
    const [finding] = scene.findings()
    expect(finding?.checks.length).toBeGreaterThanOrEqual(7)
    expect(finding?.checks.every((c) => c.name !== '' && c.result !== '')).toBe(true)
    expect(finding?.detail).toContain('3 packets with 300 bytes')
    expect(finding?.frames.length).toBeGreaterThan(3)
  })

  test('an address that is first heard from after the switch was not left for it, nor is it the old locator that goes on', () => {
    const scene = ilnp().claim(3, E1, C).answer(3.01, E1, C).send(3.1, C, 3)
    for (let i = 0; i < 5; i++) scene.data(5 + i * 0.05, X, P, 1)
    const finding = scene.findings(20).find((f) => f.rule === 'T-REDIR-EST')
    expect(finding?.severity).toBe('high')
    expect(finding?.detail).toContain('in place of itself')
    expect(finding?.detail).not.toContain(X)
    expect(JSON.stringify(finding?.checks)).not.toContain(X)
  })

  test('threshold: two packets of 2999 bytes are too few, three packets or 3000 bytes are not', () => {
    const rules = (packets: number, bytes: number) =>
      ilnp().claim(3, E1, C).answer(3.01, E1, C).send(3.1, C, packets, 0.02, bytes).found(20).length
    expect([rules(2, 1499), rules(2, 1500), rules(3, 10), rules(4, 10)]).toEqual([0, 1, 1, 1])
  })

  test('quiet: the locator is tested first', () => {
    expect(ilnp().claim(3, E1, E2).answer(3.01, E1, E2).test(3.02, E2).send(3.1, E2, 20).found(20)).toEqual([])
  })

  test('look-alike: the proof comes within the grace, or a little late from a slow host', () => {
    expect(ilnp().claim(3, E1, E2).answer(3.01, E1, E2).send(3.1, E2, 5).test(3.3, E2).found(20)).toEqual([])
    expect(ilnp().claim(3, E1, E2).answer(3.01, E1, E2).send(3.1, E2, 5).test(6, E2).found(20)).toEqual([])
  })

  test('look-alike: data comes back from the locator', () => {
    expect(ilnp().claim(3, E1, E2).send(3.1, E2, 5).data(4, E2, P, 1).found(20)).toEqual([])
  })

  test('look-alike: the claiming end was not captured near that time', () => {
    const scene = new Scene(SignalProtocol.Ilnp).open().talk(1).claim(3, E1, C).send(400, C, 20)
    expect(scene.found(450).filter((f) => f.startsWith('T-REDIR'))).toEqual([])
  })

  test('mid: a context from before the capture gives nothing above low', () => {
    const scene = new Scene(SignalProtocol.Ilnp).talk(1).claim(3, E1, C).send(3.1, C, 10)
    expect(scene.findings(20).filter((f) => f.severity !== 'low' && f.severity !== 'info')).toEqual([])
  })

  test('a wrong proof makes it critical, a right one low; one that cannot be checked lowers the confidence', () => {
    const found = (authentication: 'AX' | 'A4v' | 'A4u' | 'A2') =>
      new Scene(SignalProtocol.Hip).open().talk(1).claim(3, E1, C, { authentication }).answer(3.01, E1, C).send(3.1, C, 5).found(20)
    expect(found('AX')).toEqual([`T-REDIR-EST critical 60 @3.14 ${E1} > ${C}`])
    expect(found('A4v')).toEqual([`T-REDIR-EST low 60 @3.14 ${E1} > ${C}`])
    expect(found('A4u')).toEqual([`T-REDIR-EST high 45 @3.14 ${E1} > ${C}`])
    expect(found('A2')).toEqual([`T-REDIR-EST medium 60 @3.14 ${E1} > ${C}`])
  })

  test('the old locator goes on: critical, and surer', () => {
    expect(ilnp().claim(3, E1, C).answer(3.01, E1, C).send(3.1, C, 5).data(5, E1, P, 1).found(20)).toEqual([
      `T-REDIR-EST critical 80 @3.14 ${E1} > ${C}`,
    ])
  })

  test('encrypted tests (QUIC) are no missing tests', () => {
    expect(new Scene(SignalProtocol.Quic).open().talk(1).claim(3, E1, C).send(3.1, C, 20).found(20)).toEqual([])
  })

  test('dup: each packet twice gives the same', () => {
    const scene = ilnp().claim(3, E1, C).claim(3.0001, E1, C).answer(3.01, E1, C)
    for (let i = 0; i < 3; i++) scene.data(3.1 + i * 0.02, P, C, 0).data(3.1 + i * 0.02, P, C, 0)
    expect(scene.findings(20).map((f) => f.rule)).toEqual(['T-REDIR-EST'])
  })

  test('the move that it caused names it', () => {
    const scene = new Scene(SignalProtocol.Ilnp).open().talk(1).claim(3, E1, C).answer(3.01, E1, C).send(3.1, C, 150, 0.05)
    const findings = scene.findings(30)
    const moves = scene.stage.analyzer.rehomings()
    expect(moves.map((m) => [m.to.responder, m.threats])).toEqual([[C, findings.filter((f) => f.victim === C).map((f) => f.id)]])
  })

  test('SCTP: an address added by ASCONF gets data without a heartbeat; with one it is quiet', () => {
    const run = (tested: boolean) => {
      const association = new Association().open()
      const { stage } = association
      const added = '198.18.0.9'
      for (let i = 0; i < 4; i++)
        association
          .data(1 + i * 0.1, 0, 0, i)
          .sack(1.05 + i * 0.1, 1, 0, i)
          .data(1.06 + i * 0.1, 1, 0, i)
      const detail = {
        message: 'ASCONF: Add IP Address',
        address: stage.address(added),
        port: null,
        addressId: null,
        how: 'signalled',
        authentication: 'A3u',
        serial: 7,
        correlation: 1,
        wildcard: false,
      } as const
      stage.packet(2, association.wire(1, 0)).emit(SignalKind.Claimed, { token: association.token(1), detail })
      stage.packet(2.1, association.wire(0, 0)).emit(SignalKind.ClaimAnswered, {
        token: association.token(0),
        detail: {
          message: 'ASCONF-ACK',
          accepted: true,
          serial: 7,
          correlation: 1,
          addressId: null,
          address: detail.address,
          authentication: 'A3u',
          cause: null,
        },
      })
      const there = { ...association.wire(0, 0), to: added }
      const back = { ...association.wire(1, 0), from: added }
      if (tested) {
        const probe = { message: 'HEARTBEAT', match: 'aa', authentication: 'A1' } as const
        stage.packet(2.2, there).emit(SignalKind.Probed, { token: association.token(0), detail: probe })
        stage
          .packet(2.25, back)
          .emit(SignalKind.ProbeAnswered, { token: association.token(1), detail: { ...probe, message: 'HEARTBEAT ACK' } })
      }
      for (let i = 0; i < 5; i++)
        stage
          .packet(3 + i * 0.02, there)
          .emit(SignalKind.Payload, { token: association.token(0), space: 1, unit: 4 + i, span: 1, bytes: 300 })
      stage.finish(20)
      return stage.analyzer
        .findings()
        .filter((f) => f.rule === 'T-REDIR-EST')
        .map(line)
    }
    expect(run(false)).toEqual(['T-REDIR-EST high 45 @3.04 203.0.113.10 > 198.18.0.9'])
    expect(run(true)).toEqual([])
  })
})

describe('T-FLOOD3', () => {
  test('fires: 100 kB to a locator that rejects them', () => {
    const scene = ilnp().claim(3, E1, C).answer(3.01, E1, C).send(3.1, C, 5, 0.02, 1000).icmp(3.2, C, 1, 4).send(3.21, C, 95, 0.02, 1000)
    const flood = scene.findings(20).filter((f) => f.rule === 'T-FLOOD3')
    expect(flood.map(line)).toEqual([`T-FLOOD3 high 85 @3.18 ${E1} > ${C}`])
  })

  test('more than 125 kB a second is critical', () => {
    const scene = ilnp().claim(3, E1, C).answer(3.01, E1, C).send(3.1, C, 700, 0.001, 1000)
    expect(
      scene
        .findings(20)
        .filter((f) => f.rule === 'T-FLOOD3')
        .map((f) => f.severity),
    ).toEqual(['critical'])
  })

  test('quiet: bulk data after a test', () => {
    expect(ilnp().claim(3, E1, E2).answer(3.01, E1, E2).test(3.02, E2).send(3.1, E2, 100, 0.01, 1400).found(20)).toEqual([])
  })

  test('look-alikes: a test answered late, the claiming end not captured, encrypted tests', () => {
    const floods = (scene: Scene, seconds: number) => scene.findings(seconds).filter((f) => f.rule === 'T-FLOOD3')
    expect(floods(ilnp().claim(3, E1, E2).answer(3.01, E1, E2).send(3.1, E2, 100, 0.01, 1400).test(6, E2), 20)).toEqual([])
    expect(floods(ilnp().claim(3, E1, C).send(400, C, 100, 0.01, 1400), 450)).toEqual([])
    const quic = new Scene(SignalProtocol.Quic).open().talk(1).send(3, C, 100, 0.01, 1400)
    expect(floods(quic, 20)).toEqual([])
  })

  test('to a router of the site that another host named: critical', () => {
    const flooded = (address: string): string[] => {
      const routers = [{ address, mac: null }]
      const site = { interfaces: [{ name: 'upA', addresses: [], prefixes: [], routers, filterMode: null }] }
      const scene = new Scene(SignalProtocol.Ilnp, 1, site).open().talk(1).claim(3, E1, C).answer(3.01, E1, C)
      const found = scene.send(3.1, C, 100, 0.02, 1000).findings(20)
      return found.filter((f) => f.rule === 'T-FLOOD3').map((f) => f.severity)
    }
    expect([flooded(C), flooded('2001:db8:dead::98'), flooded(E1)]).toEqual([['critical'], ['high'], ['high']])
  })

  test('encrypted tests: high once the flooded address says no itself', () => {
    const quic = new Scene(SignalProtocol.Quic).open().talk(1).claim(3, E1, C)
    const flood = quic.send(3.1, C, 5, 0.02, 1000).icmp(3.2, C, 1, 4).send(3.21, C, 95, 0.02, 1000).findings(20)
    expect(flood.filter((f) => f.rule === 'T-FLOOD3').map(line)).toEqual([`T-FLOOD3 high 45 @3.18 ${E1} > ${C}`])
  })

  test('below 4096 bytes to a silent locator it is a redirection only', () => {
    const rules = (bytes: number) =>
      ilnp()
        .claim(3, E1, C)
        .send(3.1, C, 4, 0.02, bytes)
        .findings(20)
        .map((f) => f.rule)
    expect(rules(1023)).toEqual(['T-REDIR-EST'])
    expect(rules(1024)).toEqual(['T-REDIR-EST', 'T-FLOOD3'])
  })
})

describe('T-BLACKHOLE', () => {
  const hole = (seconds: number, alive: boolean) => {
    const scene = ilnp().claim(3, E1, C).answer(3.01, E1, C)
    scene.send(3.1, C, Math.floor(seconds / 0.1) + 1, 0.1)
    if (alive) scene.data(5, E1, P, 1)
    return scene
      .findings(60)
      .filter((f) => f.rule === 'T-BLACKHOLE')
      .map(line)
  }

  test('fires: three seconds of data to nobody while the old locator works', () => {
    expect(hole(3.5, true)).toEqual([`T-BLACKHOLE high 50 @6.1 ${E1} > ${E1}`])
  })

  test('look-alikes: the old locator is gone too (a real outage), or the gap is short', () => {
    const gone = new Scene(SignalProtocol.Ilnp).open().talk(1).claim(30, E1, C).send(30.1, C, 40, 0.1)
    expect(gone.findings(60).filter((f) => f.rule === 'T-BLACKHOLE')).toEqual([])
    expect(hole(2.9, true)).toEqual([])
  })

  test('look-alike: a locator that nobody claimed', () => {
    const scene = ilnp().send(3.1, C, 40, 0.1).data(5, E1, P, 1)
    expect(scene.findings(60).filter((f) => f.rule === 'T-BLACKHOLE')).toEqual([])
  })

  test('quiet: the mobile end answers from its new locator within a second', () => {
    expect(ilnp().claim(3, E1, E2).answer(3.01, E1, E2).send(3.1, E2, 50, 0.1).data(3.9, E2, P, 1).found(60)).toEqual([])
  })
})
