/**
 * The shortest name by which a reader knows a path among others: its interface when that tells it apart, else the address that differs,
 * the initiator's first, else both. Made for sentences; the tables give every path in full.
 */
import type { FlowTable } from '../../dissectors/core/flows.ts'
import type { MultiSession } from './multi-session.ts'
import type { World } from './world.ts'

/** Longer interface names (Windows device paths) say less than an address. */
const LONGEST = 20

type Names = Pick<World, 'interfaceName'>

/** Name of a path among `others` (indexes of paths; itself may be one of them); all of the session's paths when not given. */
export function pathName(session: MultiSession, index: number, flows: FlowTable, world: Names, others?: readonly number[]): string {
  const path = session.paths[index]
  if (path === undefined) return 'no path'
  const rest = (others === undefined ? session.paths : others.map((i) => session.paths[i])).filter(
    (p): p is (typeof session.paths)[number] => p !== undefined && p.index !== index,
  )
  const name = shortInterface(world, path.interface)
  if (name !== null && rest.every((p) => world.interfaceName(p.interface) !== name)) return name
  const [initiator, responder] = path.ends
  // an interface that has several of the paths still helps beside the address, when others run elsewhere
  const half = name !== null && rest.some((p) => world.interfaceName(p.interface) !== name)
  const text = (address: number): string => (half ? `${name} (${flows.addresses.text(address)})` : flows.addresses.text(address))
  if (rest.length > 0 && rest.every((p) => p.ends[0] !== initiator)) return text(initiator)
  if (rest.length > 0 && rest.every((p) => p.ends[1] !== responder)) return text(responder)
  return `${flows.addresses.text(initiator)} ⇄ ${flows.addresses.text(responder)}`
}

/** The interface's name where it is short enough for a sentence and means one interface. */
export function shortInterface(world: Names, iface: number): string | null {
  const name = world.interfaceName(iface)
  return name === null || name === '' || name === '-' || name === 'any' || name.length > LONGEST ? null : name
}
