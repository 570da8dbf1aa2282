/**
 * Reads what `ip -ts monitor link address route neigh rule` printed on the capturing host (UTC) into link events on the capture's clock.
 * The log repeats itself: every refresh of a lifetime or queue prints the whole object again, so only changes become events.
 * Left out on purpose: what the kernel does by itself with every address (table local, multicast, broadcast, fe80::/64) and neighbours
 * that did not fail. Refuses nothing: lines that cannot be read are counted and named in `warnings` with their number.
 * Cost: one pass, a few comparisons a line; bounded by MAX_EVENTS and MAX_WARNINGS.
 */
import { parseAddress } from '../../shared/address.ts'
import type { LinkDetail } from '../../shared/signal-details.ts'
import type { LinkEvent } from './types.ts'

const MAX_EVENTS = 200_000
const MAX_WARNINGS = 50
const MAX_LINE = 4_000
const MAX_WORDS = 200

export interface NetlinkLog {
  /** sorted by time */
  events: LinkEvent[]
  warnings: string[]
}

interface AddressState {
  tentative: boolean
  deprecated: boolean
  failed: boolean
}

/** What is known of the host while the log is read. */
interface Reader {
  base: bigint
  events: LinkEvent[]
  warnings: string[]
  bad: number
  dropped: number
  /** time of the line being read */
  time: number
  line: number
  /** by interface: does it carry packets; absent: not told yet */
  up: Map<string, boolean>
  /** by interface: was it set up by the administrator */
  enabled: Map<string, boolean>
  /** by interface and address */
  addresses: Map<string, AddressState>
  /** by interface and router address: its link-layer address */
  routers: Map<string, string>
  /** event that continuation lines complete */
  last: LinkEvent | null
  /** address whose lifetimes may follow on the next line */
  pending: PendingAddress | null
}

interface PendingAddress {
  time: number
  line: number
  name: string
  local: string
  prefixLength: number | null
  now: AddressState
  valid: number | null
  preferred: number | null
}

/** `baseNanoseconds`: epoch of the capture's time 0. */
export function parseNetlinkLog(text: string, baseNanoseconds: bigint): NetlinkLog {
  const reader = newReader(baseNanoseconds)
  readLines(reader, text)
  settleAddress(reader)
  const warnings = warningsOf(reader)
  reader.events.sort((a, b) => a.time - b.time || a.line - b.line)
  return { events: reader.events, warnings }
}

/** A log that grows: while its host is watched, or piece by piece out of a capture. Pieces end with whole objects. */
export interface LinkLogFeed {
  /** the events of this piece, sorted by time */
  take(text: string): LinkEvent[]
  warnings(): string[]
}

export function linkLogFeed(baseNanoseconds: bigint): LinkLogFeed {
  const reader = newReader(baseNanoseconds)
  return {
    take(text) {
      readLines(reader, text)
      settleAddress(reader)
      return reader.events.splice(0).sort((a, b) => a.time - b.time || a.line - b.line)
    },
    warnings: () => warningsOf(reader),
  }
}

function warningsOf(reader: Reader): string[] {
  const out = [...reader.warnings]
  if (reader.bad > MAX_WARNINGS) out.push(`${reader.bad - MAX_WARNINGS} more lines of the link log could not be read`)
  if (reader.dropped > 0) out.push(`${reader.dropped} link events beyond the first ${MAX_EVENTS} were left out`)
  return out
}

function newReader(base: bigint): Reader {
  return {
    base,
    events: [],
    warnings: [],
    bad: 0,
    dropped: 0,
    time: Number.NaN,
    line: 0,
    up: new Map(),
    enabled: new Map(),
    addresses: new Map(),
    routers: new Map(),
    last: null,
    pending: null,
  }
}

function readLines(reader: Reader, text: string): void {
  let begin = 0
  while (begin < text.length) {
    let end = text.indexOf('\n', begin)
    if (end < 0) end = text.length
    reader.line++
    readLine(reader, text.slice(begin, Math.min(end, begin + MAX_LINE)).replace(/\r$/, ''))
    begin = end + 1
  }
}

function bad(reader: Reader, why: string): void {
  if (++reader.bad <= MAX_WARNINGS) reader.warnings.push(`link log line ${reader.line}: ${why}`)
}

const SHORT_STAMP = /^\[(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})\.(\d{1,9})\] ?/
/** the long form of `ip -t monitor`, on a line of its own */
const LONG_STAMP = /^Timestamp: \w{3} (\w{3}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4}) (\d{1,6}) usec\s*$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function readLine(reader: Reader, line: string): void {
  if (line.trim() === '') return
  const long = LONG_STAMP.exec(line)
  if (long !== null) {
    const [, month, day, hour, minute, second, year, micro] = long as unknown as string[]
    const index = MONTHS.indexOf(month as string)
    setTime(reader, [year, String(index + 1), day, hour, minute, second] as string[], (micro as string).padStart(6, '0'))
    return
  }
  const stamp = SHORT_STAMP.exec(line)
  if (stamp === null) {
    if (/^[\t ]/.test(line)) continuation(reader, line.trim())
    else if (Number.isNaN(reader.time)) bad(reader, 'no time stamp; make the log with `ip -ts monitor`')
    else readObject(reader, line)
    return
  }
  reader.last = null
  if (!setTime(reader, stamp.slice(1, 7) as string[], stamp[7] as string)) return
  const rest = line.slice(stamp[0].length)
  if (/^[\t ]/.test(rest)) continuation(reader, rest.trim())
  else readObject(reader, rest)
}

function setTime(reader: Reader, parts: string[], fraction: string): boolean {
  const [year, month, day, hour, minute, second] = parts.map(Number) as [number, number, number, number, number, number]
  const ms = Date.UTC(year, month - 1, day, hour, minute, second)
  const back = new Date(ms)
  if (Number.isNaN(ms) || back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day || hour > 23 || minute > 59 || second > 60) {
    bad(reader, 'the time stamp is no date')
    return false
  }
  reader.time = Number(BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0')) - reader.base)
  return true
}

function push(reader: Reader, detail: LinkDetail, time = reader.time, line = reader.line): void {
  if (reader.events.length >= MAX_EVENTS) {
    reader.dropped++
    return
  }
  const event = { time, line, detail: { ...detail, message: detail.message.slice(0, MAX_WORDS) } }
  reader.events.push(event)
  reader.last = event
}

// ------------------------------------------------------------------ kinds of objects

const LABEL = /^\[(LINK|ADDR|ROUTE|NEIGH|RULE|PREFIX|NETCONF|NSID|MROUTE|NEXTHOP|STATS)\]\s*/
const LINK = /^(\d+): ([^\s:@]{1,64})(?:@[^\s:]{1,64})?: <([A-Z0-9_,-]*)>(.*)$/
const ADDRESS = /^(\d+): ([^\s:@]{1,64})(?:@\S{1,64})?\s+(inet6?) (\S{1,64})(.*)$/
const RULE = /^(\d+):\s+((?:not )?from .*)$/
const NEIGHBOUR = /\s(PERMANENT|NOARP|REACHABLE|STALE|NONE|INCOMPLETE|DELAY|PROBE|FAILED)(?:\s+proto \S+)?\s*$/
const ROUTE_TYPE = /^(unicast|local|broadcast|multicast|anycast|throw|unreachable|prohibit|blackhole|nat)\s+/

function readObject(reader: Reader, text: string): void {
  settleAddress(reader)
  const label = LABEL.exec(text)
  let rest = (label === null ? text : text.slice(label[0].length)).trimEnd()
  const deleted = rest.startsWith('Deleted ')
  if (deleted) rest = rest.slice('Deleted '.length)
  // Objects that have nothing to say about a path.
  if (/^(nsid|netconf|\[?nexthop|id \d|unresolved|inet6? \S+ (forwarding|rp_filter|mc_forwarding|proxy_neigh))/.test(rest)) return
  if (rest.startsWith('prefix ')) {
    advertisedPrefix(reader, rest)
    return
  }
  const link = LINK.exec(rest)
  if (link !== null) {
    linkState(reader, deleted, link[2] as string, (link[3] as string).split(','), link[4] as string)
    return
  }
  const address = ADDRESS.exec(rest)
  if (address !== null) {
    addressState(reader, deleted, address[2] as string, address[4] as string, address[5] as string)
    return
  }
  const rule = RULE.exec(rest)
  if (rule !== null) {
    ruleChange(reader, deleted, rule[1] as string, rule[2] as string)
    return
  }
  const neighbour = NEIGHBOUR.exec(rest)
  if (neighbour !== null) {
    neighbourState(reader, deleted, rest, neighbour[1] as string)
    return
  }
  route(reader, deleted, rest)
}

function linkState(reader: Reader, deleted: boolean, name: string, flags: string[], rest: string): void {
  const enabled = !deleted && flags.includes('UP')
  const up =
    enabled && flags.includes('LOWER_UP') && !flags.includes('NO-CARRIER') && !flags.includes('M-DOWN') && !/\bstate DOWN\b/.test(rest)
  const before = reader.up.get(name)
  const wasEnabled = reader.enabled.get(name)
  reader.up.set(name, up)
  reader.enabled.set(name, enabled)
  if (deleted) {
    reader.up.delete(name)
    reader.enabled.delete(name)
  }
  if (before === up) return
  const about = { interfaceName: name, subject: null }
  if (up) {
    // The first line of an interface that works tells no change.
    if (before === undefined) push(reader, { ...about, what: 'other', message: `${name} is up` })
    else push(reader, { ...about, what: 'link-up', message: wasEnabled === false ? `${name} set up` : `${name}: carrier is back` })
    return
  }
  const how = deleted ? 'interface removed' : !enabled ? 'set down by the administrator' : 'carrier lost'
  push(reader, { ...about, what: 'link-down', message: `${name}: ${how}` })
}

function addressState(reader: Reader, deleted: boolean, name: string, subject: string, rest: string): void {
  const [local, length] = subject.split('/') as [string, string | undefined]
  if (parseAddress(local) === null) {
    bad(reader, `'${subject.slice(0, 40)}' is no address`)
    return
  }
  const prefixLength = length !== undefined && /^\d{1,3}$/.test(length) ? Number(length) : null
  if (deleted) {
    reader.addresses.delete(`${name} ${local}`)
    const message = `${name}: address ${local} removed`
    push(reader, { what: 'address-removed', interfaceName: name, subject: local, prefixLength, message })
    return
  }
  const words = new Set(rest.split(/\s+/))
  const now: AddressState = { tentative: words.has('tentative'), deprecated: words.has('deprecated'), failed: words.has('dadfailed') }
  reader.pending = { time: reader.time, line: reader.line, name, local, prefixLength, now, valid: null, preferred: null }
}

/** Tells what changed about the address printed last. A preferred lifetime of 0 is deprecated, whether or not the flag is shown. */
function settleAddress(reader: Reader): void {
  const { pending } = reader
  if (pending === null) return
  reader.pending = null
  const { name, local, now } = pending
  if (pending.preferred === 0) now.deprecated = true
  const key = `${name} ${local}`
  const before = reader.addresses.get(key)
  reader.addresses.set(key, now)
  const tell = (what: LinkDetail['what'], words: string): void => {
    const detail: LinkDetail = {
      what,
      interfaceName: name,
      subject: local,
      prefixLength: pending.prefixLength,
      message: `${name}: ${words}`,
    }
    if (pending.valid !== null && pending.preferred !== null) Object.assign(detail, { valid: pending.valid, preferred: pending.preferred })
    push(reader, detail, pending.time, pending.line)
  }
  if (now.failed) {
    if (!before?.failed) tell('other', `duplicate address detection failed for ${local}`)
  } else if (now.tentative) {
    if (before === undefined) tell('other', `address ${local} is tentative`)
  } else if (before === undefined || before.tentative || before.failed)
    tell('address-added', `address ${local} added${now.deprecated ? ', deprecated' : ''}`)
  else if (now.deprecated !== before.deprecated) tell('other', `address ${local} is ${now.deprecated ? 'deprecated' : 'preferred again'}`)
}

function ruleChange(reader: Reader, deleted: boolean, priority: string, words: string): void {
  const from = /^(?:not )?from (\S+)/.exec(words)?.[1] ?? null
  push(reader, {
    what: 'rule',
    interfaceName: /\b[io]if (\S{1,64})/.exec(words)?.[1] ?? null,
    subject: from,
    message: `rule ${deleted ? 'removed' : 'added'}: ${priority} ${words.replace(/\s+/g, ' ')}`,
  })
}

function neighbourState(reader: Reader, deleted: boolean, words: string, state: string): void {
  const address = words.slice(0, words.indexOf(' '))
  const name = /\bdev (\S{1,64})/.exec(words)?.[1] ?? null
  if (parseAddress(address) === null) {
    bad(reader, `'${address.slice(0, 40)}' is no neighbour's address`)
    return
  }
  if (state === 'FAILED') {
    if (!deleted)
      push(reader, {
        what: 'neighbour-failed',
        interfaceName: name,
        subject: address,
        message: `${name ?? '?'}: ${address} does not answer`,
      })
    return
  }
  const mac = /\blladdr ([0-9a-f:]{17})\b/.exec(words)?.[1]
  if (deleted || name === null || mac === undefined || !/\srouter\s/.test(words)) return
  const key = `${name} ${address}`
  if (reader.routers.get(key) === mac) return
  reader.routers.set(key, mac)
  push(reader, {
    what: 'other',
    interfaceName: name,
    subject: address,
    nextHop: address,
    mac,
    message: `${name}: router ${address} is at ${mac}`,
  })
}

function advertisedPrefix(reader: Reader, words: string): void {
  const match = /^prefix ([0-9a-fA-F:.]+\/\d{1,3})\s*dev (\S{1,64})/.exec(words)
  if (match === null) {
    bad(reader, 'a prefix line without prefix and device')
    return
  }
  push(reader, { what: 'other', interfaceName: match[2] as string, subject: match[1] as string, message: words })
}

function route(reader: Reader, deleted: boolean, words: string): void {
  const typed = ROUTE_TYPE.exec(words)
  const type = typed?.[1] ?? 'unicast'
  const rest = typed === null ? words : words.slice(typed[0].length)
  const end = rest.indexOf(' ')
  const subject = end < 0 ? rest : rest.slice(0, end)
  const plain = subject.split('/')[0] as string
  if (subject !== 'default' && parseAddress(plain) === null) {
    bad(reader, `not understood: '${words.slice(0, 60)}'`)
    return
  }
  if (type === 'local' || type === 'broadcast' || type === 'multicast' || type === 'anycast' || /\btable local\b/.test(rest)) return
  if (/^(fe80::\/64|ff00::\/8)$/.test(subject)) return
  const slash = subject.indexOf('/')
  push(reader, {
    what: deleted ? 'route-removed' : 'route-added',
    interfaceName: /\bdev (\S{1,64})/.exec(rest)?.[1] ?? null,
    subject,
    nextHop: /\bvia (?:inet6? )?([0-9a-fA-F:.]+)/.exec(rest)?.[1] ?? null,
    prefixLength: slash < 0 ? null : Number(subject.slice(slash + 1)),
    message: `route ${deleted ? 'removed' : 'added'}: ${words.replace(/\s+/g, ' ')}`,
  })
}

/** Lines that begin with a blank complete the object before: lifetimes of an address, next hops of a route. */
function continuation(reader: Reader, words: string): void {
  const lifetimes = /^valid_lft (forever|\d+sec) preferred_lft (forever|\d+sec)/.exec(words)
  if (lifetimes !== null && reader.pending !== null) {
    reader.pending.valid = seconds(lifetimes[1] as string)
    reader.pending.preferred = seconds(lifetimes[2] as string)
  }
  const detail = reader.last?.detail
  if (detail === undefined) return
  const hop = /^nexthop (?:via (?:inet6? )?([0-9a-fA-F:.]+) )?dev (\S{1,64})/.exec(words)
  if (hop !== null && (detail.what === 'route-added' || detail.what === 'route-removed')) {
    detail.interfaceName ??= hop[2] as string
    detail.nextHop ??= hop[1] ?? null
  }
}

/** 0xffffffff is infinite, as in router advertisements. */
function seconds(text: string): number {
  return text === 'forever' ? 0xffffffff : Number.parseInt(text, 10)
}
