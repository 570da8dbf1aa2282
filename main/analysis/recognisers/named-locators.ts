/**
 * Was an address named in a payload before a session of the same two hosts used it? The control exchange of a protocol that nobody knows (MAST
 * and other out-of-band proposals) is found by that: bytes or text of the very address, within the last 60 s, in a payload that no dissector took.
 * Looked back only when a session gets a further pair whose address its own protocol did not announce; at most 16 payloads, youngest first.
 * Not said: payloads of the session itself, payloads that came from or went to that address (whoever has it may say so), and four bytes that are
 * too plain to be an address for sure.
 */
import type { PayloadRing } from '../../../dissectors/core/payload-ring.ts'
import { findLocator } from '../locators.ts'
import { ADDRESS } from '../mark-log.ts'
import { type End, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { Registry } from '../sessions/registry.ts'

const LOOK_BACK = 60 * SECOND
const MOST = 16
const MAX_NAMED = 4
const PROTOCOLS: Record<number, string> = { 6: 'TCP', 17: 'UDP' }

/** The session has pairs that were not looked at: marks those whose new address was named before. */
export function markNamed(registry: Registry, session: MultiSession, from: number, now: number): void {
  for (let i = Math.max(1, from); i < session.paths.length; i++)
    for (const end of [0, 1] as const) {
      const address = session.paths[i]?.ends[end] as number
      if (usedBefore(session, i, end, address)) continue
      const locator = findLocator(session, end, address, true)
      if (locator !== null && locator.how !== 'observed') continue
      look(registry, session, address, i, now)
    }
}

function look(registry: Registry, session: MultiSession, address: number, path: number, now: number): void {
  const { flows } = registry
  const ring: PayloadRing = flows.payloads
  if (!ring.speaks(addressesOf(session, 0), addressesOf(session, 1))) return
  const hosts = [new Set(addressesOf(session, 0)), new Set(addressesOf(session, 1))] as const
  const places = ring.find(now - LOOK_BACK, MOST, (flow) => {
    const a = flows.addressA[flow] as number
    const b = flows.addressB[flow] as number
    if (a === address || b === address) return false
    if (!((hosts[0].has(a) && hosts[1].has(b)) || (hosts[0].has(b) && hosts[1].has(a)))) return false
    return registry.sessionOfFlow(flow) !== session.number
  })
  if (places.length === 0) return
  const needle = flows.addresses.get(address)
  const text = flows.addresses.text(address)
  const found = ring.holding(places, needle, text)
  const pair = session.pairs.find((one) => one.path === path)?.index ?? -1
  for (const { flow, direction, row, time } of found.slice(0, MAX_NAMED)) {
    const by: End = hosts[0].has(flows.sender(flow, direction)) ? 0 : 1
    const [from, to] = direction === 0 ? [flows.portA[flow], flows.portB[flow]] : [flows.portB[flow], flows.portA[flow]]
    const before = Math.round((now - time) / 1e6) / 1000
    const what = `${PROTOCOLS[flows.protocol[flow] as number] ?? 'payload'} ${from} → ${to}`
    session.mark(
      time,
      'other',
      by,
      pair,
      row,
      `${ADDRESS} is named in a payload (${what}), ${before} s before the session used it`,
      address,
    )
  }
}

function usedBefore(session: MultiSession, path: number, end: End, address: number): boolean {
  for (let i = 0; i < path; i++) if (session.paths[i]?.ends[end] === address) return true
  return false
}

function addressesOf(session: MultiSession, end: End): number[] {
  const addresses: number[] = []
  for (const { ends } of session.paths) if (!addresses.includes(ends[end])) addresses.push(ends[end])
  for (const { address } of session.endpoints[end].locators) if (!addresses.includes(address)) addresses.push(address)
  return addresses
}
