/**
 * T-TIMESHIFT of locators that a name was bound to (threats.md 3): a client opens sessions to an address that its name gave up, after the answer's
 * lifetime, and the address has been silent for a minute. A program that asks once and remembers does the same, so it is never more than low.
 * Sessions that were open before may go on as long as they like (a lifetime says when to ask, not when to stop). Judged once, at the end: one
 * pass over the flows when a name gave up an address, else nothing. Bounded: MAX_NAMES names, MAX_GONE addresses.
 */
import type { NameDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, possible, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'

const MAX_NAMES = 20_000
const MAX_GONE = 2_000
const MAX_FLOWS = 500_000
const SECOND = 1e9
const SILENT = 60 * SECOND
const PACKETS = 3

interface Answer {
  addresses: readonly number[]
  /** when it has to be asked for again */
  until: number
  row: number
}

interface Gone {
  name: string
  client: number
  address: number
  /** its lifetime is over and another answer came */
  since: number
  rows: [number, number]
}

/** What a client sent to an address that is gone. */
interface Use {
  packets: number
  first: number
  last: number
  heard: number
  row: number
}

export class OutdatedRule {
  private readonly answers = new Map<string, Answer>()
  private readonly gone = new Map<string, Gone>()

  constructor(private readonly around: Surroundings) {}

  named(detail: NameDetail, signal: Signal, name: string, client: number): void {
    if (detail.code !== 0 || detail.answers === 0) return
    const addresses: number[] = []
    let ttl = Number.POSITIVE_INFINITY
    for (let i = 0; i < detail.answers; i++) {
      const record = detail.records[i]
      if (record === undefined) break
      // A content network changes its answers all the time.
      if (record.type === 5) return
      if (record.address >= 0) addresses.push(record.address)
      ttl = Math.min(ttl, record.ttl)
    }
    if (addresses.length === 0) return
    const key = `${client}|${name}|${detail.questionType}`
    const before = this.answers.get(key)
    if (before === undefined) this.around.flows.forgotten.room(this.answers, MAX_NAMES, 'names that hosts have asked for')
    this.answers.set(key, { addresses, until: signal.time + ttl * SECOND, row: signal.row })
    for (const address of addresses) this.gone.delete(`${client}|${address}`)
    if (before === undefined || before.addresses.some((one) => addresses.includes(one))) return
    const rows: [number, number] = [before.row, signal.row]
    for (const address of before.addresses) {
      this.around.flows.forgotten.room(this.gone, MAX_GONE, 'addresses that names no longer have')
      this.gone.set(`${client}|${address}`, { name, client, address, since: Math.max(before.until, signal.time), rows })
    }
  }

  finish(): void {
    if (this.gone.size === 0 || this.around.visibility.lossy) return
    const { flows } = this.around
    const wanted = new Set([...this.gone.values()].map((one) => one.address))
    const uses = new Map<string, Use>()
    for (let at = 0; at < Math.min(flows.count, MAX_FLOWS) * 2; at++) {
      const address = flows.receiver(at >> 1, at & 1)
      if (!wanted.has(address)) continue
      const key = `${flows.sender(at >> 1, at & 1)}|${address}`
      const gone = this.gone.get(key)
      if (gone === undefined) continue
      const use = uses.get(key) ?? { packets: 0, first: -1, last: -1, heard: -1, row: -1 }
      uses.set(key, use)
      const back = at ^ 1
      if ((flows.packets[back] as number) > 0) use.heard = Math.max(use.heard, flows.last[back] as number)
      const first = flows.first[at] as number
      if ((flows.packets[at] as number) === 0 || first < gone.since) continue
      if (use.first < 0 || first < use.first) {
        use.first = first
        use.row = flows.firstRow[at >> 1] as number
      }
      use.packets += flows.packets[at] as number
      use.last = Math.max(use.last, flows.last[at] as number)
    }
    for (const [key, use] of uses) {
      const gone = this.gone.get(key) as Gone
      if (use.packets >= PACKETS && use.first - Math.max(use.heard, gone.since - SILENT) >= SILENT && use.heard < use.first)
        this.report(gone, use)
    }
  }

  private report({ name, client, address, since, rows }: Gone, use: Use): void {
    const { flows, ledger } = this.around
    const [source, target] = [flows.addresses.text(client), flows.addresses.text(address)]
    ledger.add({
      rule: 'T-TIMESHIFT',
      severity: 'low',
      confidence: 55,
      time: use.first,
      session: -1,
      title: `${source} still opens sessions to ${target}, which ${name} gave up`,
      detail: `The name service had bound ${name} to ${target}; ${Math.round((use.first - since) / SECOND)} s after that answer was out of date and another had come, ${source} sent ${use.packets} packets there in new sessions. Nothing came back.`,
      claimant: -1,
      victim: address,
      movesTo: address,
      rows: [rows[0], rows[1], use.row].filter((row) => row >= 0),
      checks: [
        possible('a program that asks once and remembers the answer'),
        ruledOut('a session that was open before', 'these began afterwards'),
        check('a later answer that was not captured', null, 'another resolver may have been asked, or under encryption'),
      ],
      reference: referenceOf('T-TIMESHIFT'),
      about: `name ${client} ${address}`,
    })
  }
}
