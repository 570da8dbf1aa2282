/**
 * Who dissects what: tables by link type, ethertype, IP protocol and port. A protocol registers itself in its `register.ts`;
 * what does not occur in a capture costs a table look-up and nothing else. 'Decode as' rules of the user win over the tables.
 */
import type { Dissect } from './walk.ts'

export type TableName = 'link' | 'ethertype' | 'ip.proto' | 'udp.port' | 'tcp.port' | 'sctp.ppid'

/** Dissectors by a 16-bit key: one byte a key, which is a place in a short list. Full after 255 dissectors. */
class ShortTable {
  private readonly places = new Uint8Array(65_536)
  private readonly list: (Dissect | undefined)[] = [undefined]

  set(key: number, dissect: Dissect): void {
    const known = this.list.indexOf(dissect)
    const place = known > 0 ? known : this.list.length
    if (place > 255) throw new Error('more than 255 dissectors in one table')
    this.list[place] = dissect
    this.places[key & 0xffff] = place
  }

  get(key: number): Dissect | undefined {
    return this.list[this.places[key & 0xffff] as number]
  }
}

const tables: Record<TableName, Map<number, Dissect>> = {
  link: new Map(),
  ethertype: new Map(),
  'ip.proto': new Map(),
  'udp.port': new Map(),
  'tcp.port': new Map(),
  'sctp.ppid': new Map(),
}
/** These tables are asked for every packet: an array look-up instead of a map's. */
const ipProtocols: (Dissect | undefined)[] = new Array(256).fill(undefined)
const ethertypes = new ShortTable()
const links = new ShortTable()
const udpPorts = new ShortTable()
const tcpPorts = new ShortTable()
const named = new Map<string, Dissect>()

/** Registers `dissect` under its protocol name (for 'decode as') and in a table. */
export function register(name: string, table: TableName, key: number, dissect: Dissect): void {
  tables[table].set(key, dissect)
  if (table === 'ip.proto') ipProtocols[key] = dissect
  else if (table === 'link') links.set(key, dissect)
  else if (table === 'ethertype') ethertypes.set(key, dissect)
  else if (table === 'udp.port') udpPorts.set(key, dissect)
  else if (table === 'tcp.port') tcpPorts.set(key, dissect)
  named.set(name, dissect)
}

/** Registers a name only. */
export function registerName(name: string, dissect: Dissect): void {
  named.set(name, dissect)
}

/** Dissectors of UDP payloads that no port's dissector took, found by their bytes; each declines what is not its protocol. */
export const udpGuesses: Dissect[] = []

export function registerUdpGuess(dissect: Dissect): void {
  if (!udpGuesses.includes(dissect)) udpGuesses.push(dissect)
}

export function lookup(table: TableName, key: number): Dissect | undefined {
  return tables[table].get(key)
}

/** -1: the packet's interface is not known. */
export function lookupLink(key: number): Dissect | undefined {
  return key >= 0 && key <= 0xffff ? links.get(key) : undefined
}

export function lookupIpProtocol(key: number): Dissect | undefined {
  return ipProtocols[key]
}

export function lookupEthertype(key: number): Dissect | undefined {
  return ethertypes.get(key)
}

export function lookupUdpPort(key: number): Dissect | undefined {
  return udpPorts.get(key)
}

export function lookupTcpPort(key: number): Dissect | undefined {
  return tcpPorts.get(key)
}

export function dissectorNamed(name: string): Dissect | undefined {
  return named.get(name)
}

/** Every table entry that leads to the dissector of this name: for the reference. */
export function placesOf(name: string): { table: TableName; key: number }[] {
  const dissect = named.get(name)
  return Object.entries(tables).flatMap(([table, entries]) =>
    [...entries].filter(([, found]) => found === dissect).map(([key]) => ({ table: table as TableName, key })),
  )
}

export function dissectorNames(): string[] {
  return [...named.keys()].sort()
}

/** The user's rules, e.g. `udp.port == 4500 as sctp`. */
export class DecodeAs {
  private readonly rules = new Map<TableName, Map<number, Dissect>>()
  empty = true

  /** Throws an Error with words for people when the dissector's name is unknown. */
  set(table: TableName, key: number, name: string): void {
    const dissect = named.get(name)
    if (dissect === undefined) throw new Error(`no dissector is called '${name}'; known: ${dissectorNames().join(', ')}`)
    this.use(table, key, dissect)
  }

  /** As `set`, with the dissector itself. */
  use(table: TableName, key: number, dissect: Dissect): void {
    const rules = this.rules.get(table)
    if (rules === undefined) this.rules.set(table, new Map([[key, dissect]]))
    else rules.set(key, dissect)
    this.empty = false
  }

  get(table: TableName, key: number): Dissect | undefined {
    return this.empty ? undefined : this.rules.get(table)?.get(key)
  }
}
