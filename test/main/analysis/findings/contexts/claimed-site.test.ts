/** T-REDIR-PRE by the site model: an address of the site that somebody outside names as its own. */
import { expect, test } from 'vitest'
import type { ClaimDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind } from '../../../../../shared/signals.ts'
import { Association, Stage } from '../../stage.ts'
import { line } from '../scene.ts'

const OWN = '198.51.100.77'
interface Facts {
  claimed?: string
  hops?: number
  tested?: boolean
  router?: boolean
  seconds?: number
}
/** B, beyond the link, adds an address to its association with A; upA has 198.51.100.77, or a router of that address. */
const claims = ({ claimed = OWN, hops = 62, tested = false, router = false, seconds = 60 }: Facts): string[] => {
  const addresses = router ? [] : [OWN, '10.0.0.9']
  const routers = router ? [{ address: OWN, mac: '02:00:00:00:01:01' }] : []
  const site = { interfaces: [{ name: 'upA', addresses: [], prefixes: [], routers, filterMode: null }] }
  const a = new Association(new Stage({ interfaces: [{ id: 0, name: 'upA', addresses }], site })).open()
  const { stage } = a
  for (let i = 0; i < 5; i++) a.data(1 + i * 0.1, 1, 0, i).sack(1.02 + i * 0.1, 0, 0, i)
  const facts = { message: 'ASCONF: Add IP Address', how: 'signalled', serial: 7, correlation: 1, authentication: 'A1' } as const
  const detail: ClaimDetail = { ...facts, address: stage.address(claimed), port: null, addressId: null, wildcard: false }
  stage.packet(3, { ...a.wire(1, 0), hops }).emit(SignalKind.Claimed, { token: a.token(1), detail })
  const back = { ...a.wire(1, 0), from: claimed }
  if (tested) stage.packet(4, back).emit(SignalKind.Payload, { token: a.token(1), space: 1, unit: 5, span: 1, bytes: 100 })
  stage.finish(seconds)
  return stage.analyzer
    .findings()
    .filter((f) => f.rule === 'T-REDIR-PRE')
    .map(line)
}
const fires = [`T-REDIR-PRE medium 55 @3 203.0.113.10 > ${OWN}`]
test.each<[string, Facts, string[]]>([
  ['an address of an interface', {}, fires],
  ['a router of the site', { router: true }, fires],
  ['another address', { claimed: '198.51.100.78' }, []],
  ['a claim from the link itself', { hops: 64 }, []],
  ['it sends packets of the session', { tested: true }, []],
  ['a private address, which others have, too: an observation', { claimed: '10.0.0.9' }, []],
])('%s', (_name, facts, expected) => {
  expect(claims(facts)).toEqual(expected)
})
