/**
 * What MPTCP endpoints say of their addresses (RFC 8684 section 3.4) and of the priority of subflows (section 3.3.8): ADD_ADDR, REMOVE_ADDR,
 * MP_PRIO. An address whose HMAC is wrong is told and believed by nobody; one that was never announced cannot be taken back.
 */
import type { ClaimDetail, PreferDetail } from '../../../shared/signal-details.ts'
import type { Signal } from '../../../shared/signals.ts'
import { addLocator, findLocator, removeLocator } from '../locators.ts'
import { ADDRESS } from '../mark-log.ts'
import type { End, Pair } from '../model.ts'
import { SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { noteClaim } from './claims.ts'

export function onAnnounced(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: ClaimDetail): void {
  const { time, row } = signal
  const wrong = d.authentication === 'AX'
  const again = session.claims.some(
    (c) => c.by === sender && c.what === 'add' && c.address === d.address && c.addressId === d.addressId && time - c.time < 10 * SECOND,
  )
  noteClaim(session, sender, pair, signal, {
    what: 'add',
    address: d.address,
    addressId: d.addressId,
    serial: d.serial,
    correlation: null,
    authentication: d.authentication,
    message: d.message,
    port: d.port,
    wildcard: false,
  })
  if (again) return
  session.mark(time, 'claimed', sender, pair.index, row, `${d.message} ${ADDRESS}${wrong ? ' with a wrong HMAC' : ''}`, d.address)
  if (wrong) return
  const locator = addLocator(session, sender, d.address, 'signalled', d.message, d.authentication, time, row)
  if (locator !== null) locator.port = d.port
}

export function onRemoved(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: ClaimDetail): void {
  const { time, row } = signal
  if (d.authentication === 'A0') {
    session.mark(time, 'refused', sender, pair.index, row, `${d.message} outside the window`)
    return
  }
  const addresses = new Set<number>()
  for (const p of session.pairs)
    if (p.addressId[sender] === d.addressId) addresses.add((session.paths[p.path] as { ends: [number, number] }).ends[sender] as number)
  for (const c of session.claims) if (c.by === sender && c.what === 'add' && c.addressId === d.addressId) addresses.add(c.address)
  const fresh = [...addresses].filter((a) => findLocator(session, sender, a) !== null)
  if (fresh.length === 0) return
  noteClaim(session, sender, pair, signal, {
    what: 'remove',
    address: fresh[0] as number,
    addressId: d.addressId,
    serial: d.serial,
    correlation: null,
    authentication: d.authentication,
    message: d.message,
    port: null,
    wildcard: false,
  })
  for (const address of fresh) {
    removeLocator(session, sender, address, time, row)
    session.mark(time, 'withdrawn', sender, pair.index, row, `${d.message} takes back ${ADDRESS}`, address)
  }
}

export function onPriority(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: PreferDetail): void {
  const { time, row } = signal
  if (d.message !== 'MP_PRIO') return
  const targets = d.addressId === null ? [pair] : session.pairs.filter((p) => p.addressId[sender] === d.addressId)
  for (const p of targets.length === 0 ? [pair] : targets) {
    if (p.backup === d.backup) continue
    p.backup = d.backup
    if (p.state === 'active' || p.state === 'backup') p.state = d.backup ? 'backup' : 'active'
    session.mark(time, 'preferred', sender, p.index, row, d.backup ? 'MP_PRIO makes it a backup' : 'MP_PRIO makes it regular')
    noteClaim(session, sender, p, signal, {
      what: 'prefer',
      address: (session.paths[p.path] as { ends: [number, number] }).ends[sender] as number,
      addressId: d.addressId,
      serial: row,
      correlation: d.backup ? 1 : 0,
      authentication: d.authentication,
      message: d.backup ? 'MP_PRIO: backup' : 'MP_PRIO: regular',
      port: null,
      wildcard: false,
      against: d.backup,
    })
  }
}
