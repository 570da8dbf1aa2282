/**
 * The sentence of a binding (Mobile IPv6 and its family) that did not move with data: where it was bound since when, beside where its data ran.
 * null: the common sentence says it all.
 */
import type { Path } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { shortInterface } from '../path-names.ts'
import { kindOf } from './protocol-class.ts'
import type { Scope } from './scope.ts'
import { seconds } from './text.ts'

export function mobilityHeadline(scope: Scope, session: MultiSession): string | null {
  const bound = session.endpoints[0].locators
  const last = bound[bound.length - 1]
  if (kindOf(session.protocol).class !== 'mobility' || last === undefined || session.state === 'failed') return null
  const carrying = session.paths.filter((p) => session.pairs.some((pair) => pair.path === p.index && pair.payloadUnits > 0))
  if (carrying.length === 0) {
    const list = bound.slice(-3).map((l) => `to ${place(scope, session, l.address)} since ${seconds(l.added)}`)
    return `Bound ${list.join(', ')}; no data of it was seen`
  }
  const path = carrying[0] as Path
  if (carrying.length > 1 || path.ends[0] === last.address) return null
  const until = seconds(path.lastData)
  return `Data over ${place(scope, session, path.ends[0])} until ${until}; bound to ${place(scope, session, last.address)} since ${seconds(last.added)}, no data there`
}

/** The interface that an address is on, where it tells the bound ones apart. */
function place(scope: Scope, session: MultiSession, address: number): string {
  const path = session.paths.find((p) => p.ends[0] === address)
  const name = path === undefined ? null : shortInterface(scope.world, path.interface)
  const alone = session.paths.every((p) => p.ends[0] === address || shortInterface(scope.world, p.interface) !== name)
  return name !== null && alone && session.endpoints[0].locators.length > 1 ? name : scope.flows.addresses.text(address)
}
