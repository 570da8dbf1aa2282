/**
 * Who dissects what: tables by link type, ethertype, IP protocol and port. A protocol registers itself in its `register.ts`;
 * what does not occur in a capture costs a table look-up and nothing else. 'Decode as' rules of the user win over the tables.
 */
import type { Dissect } from './walk.ts'

export type TableName = 'link' | 'ethertype' | 'ip.proto' | 'udp.port' | 'tcp.port' | 'sctp.ppid'

const tables: Record<TableName, Map<number, Dissect>> = {
  link: new Map(),
  ethertype: new Map(),
  'ip.proto': new Map(),
  'udp.port': new Map(),
  'tcp.port': new Map(),
  'sctp.ppid': new Map(),
}
/** by IP protocol and by small ethertype keys the map is on the hot path: an array look-up instead */
const ipProtocols: (Dissect | undefined)[] = new Array(256).fill(undefined)
const named = new Map<string, Dissect>()

/** Registers `dissect` under its protocol name (for 'decode as') and in a table. */
export function register(name: string, table: TableName, key: number, dissect: Dissect): void {
  tables[table].set(key, dissect)
  if (table === 'ip.proto') ipProtocols[key] = dissect
  named.set(name, dissect)
}

/** Registers a name only. */
export function registerName(name: string, dissect: Dissect): void {
  named.set(name, dissect)
}

export function lookup(table: TableName, key: number): Dissect | undefined {
  return tables[table].get(key)
}

export function lookupIpProtocol(key: number): Dissect | undefined {
  return ipProtocols[key]
}

export function dissectorNamed(name: string): Dissect | undefined {
  return named.get(name)
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
    const rules = this.rules.get(table)
    if (rules === undefined) this.rules.set(table, new Map([[key, dissect]]))
    else rules.set(key, dissect)
    this.empty = false
  }

  get(table: TableName, key: number): Dissect | undefined {
    return this.empty ? undefined : this.rules.get(table)?.get(key)
  }
}
