/**
 * T-DNS-REVERSE: the name that the reverse tree gives to the address of a session's end does not have that address (threats.md T-DNS h). Whoever
 * owns an address block writes what it likes into the reverse tree; only both directions together say something (RFC 1912 section 2.1).
 * Compared at the end, for names whose addresses of that family were told in the capture. Bounded: MAX_NAMES addresses and names.
 */
import { formatAddress, parseAddress } from '../../../../shared/address.ts'
import type { NameDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { possible, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'

const MAX_NAMES = 20_000
const PTR = 12
const CNAME = 5

interface Pointed {
  name: string
  time: number
  row: number
}

export class ReverseRule {
  /** by address as text */
  private readonly pointed = new Map<string, Pointed[]>()
  private readonly forward = new Map<string, { addresses: Set<string>; row: number; partial: boolean }>()

  constructor(private readonly around: Surroundings) {}

  named(detail: NameDetail, signal: Signal): void {
    if (detail.code !== 0) return
    const answers = detail.records.slice(0, detail.answers)
    for (const record of answers) {
      if (record.type === PTR) this.points(record.name, record.value, signal)
      if ((record.type !== 1 && record.type !== 28) || record.address < 0) continue
      // The name that was asked for has what its aliases have.
      for (const name of new Set([record.name.toLowerCase(), detail.question.toLowerCase()])) this.has(name, record.value, detail, signal)
    }
    if (answers.some((record) => record.type === CNAME)) for (const one of answers) this.partial(one.name)
  }

  private points(owner: string, value: string, signal: Signal): void {
    const address = addressOf(owner.toLowerCase())
    if (address === null) return
    const known = this.pointed.get(address)
    const one = { name: value.toLowerCase().replace(/\.$/, ''), time: signal.time, row: signal.row }
    if (known !== undefined) {
      if (known.length < 16) known.push(one)
      return
    }
    this.around.flows.forgotten.room(this.pointed, MAX_NAMES, 'addresses that reverse zones name')
    this.pointed.set(address, [one])
  }

  private has(name: string, address: string, detail: NameDetail, signal: Signal): void {
    let known = this.forward.get(name)
    if (known === undefined) {
      this.around.flows.forgotten.room(this.forward, MAX_NAMES, 'names and their addresses')
      known = { addresses: new Set(), row: signal.row, partial: false }
      this.forward.set(name, known)
    }
    known.row = signal.row
    known.partial ||= detail.truncated
    if (known.addresses.size < 256) known.addresses.add(address)
  }

  /** A content network answers with some of its addresses. */
  private partial(name: string): void {
    const known = this.forward.get(name.toLowerCase())
    if (known !== undefined) known.partial = true
  }

  finish(): void {
    if (this.pointed.size === 0) return
    const { flows, ledger } = this.around
    const talking = new Set<number>()
    for (let flow = 0; flow < flows.count; flow++) talking.add(flows.addressA[flow] as number).add(flows.addressB[flow] as number)
    for (const [address, names] of this.pointed) {
      const bytes = parseAddress(address)
      const id = bytes === null ? -1 : flows.addresses.find(bytes, 0, bytes.length as 4 | 16)
      if (bytes === null || !talking.has(id)) continue
      const told = names.map((one) => ({ ...one, known: this.forward.get(one.name) }))
      if (told.some(({ known }) => known === undefined || known.partial || known.addresses.has(address))) continue
      const family = (text: string): boolean => text.includes(':') === (bytes.length === 16)
      const [first] = told
      const other = [...(first?.known?.addresses ?? [])].filter(family)
      if (first === undefined || other.length === 0) continue
      ledger.add({
        rule: 'T-DNS-REVERSE',
        severity: 'low',
        confidence: 45,
        time: first.time,
        session: -1,
        title: `${address} calls itself ${first.name}, which has other addresses`,
        detail: `The reverse tree names ${address} ${names.map((one) => one.name).join(', ')}; that name has ${other.slice(0, 4).join(', ')}. Who owns the address wrote the first, who owns the name the second: a session with ${address} is not one with ${first.name}.`,
        claimant: id,
        victim: -1,
        rows: [first.row, first.known?.row ?? first.row],
        checks: [
          ruledOut('a content network that tells some of its addresses', 'the answers have no alias and are whole'),
          possible('a reverse tree that nobody keeps up to date'),
        ],
        reference: referenceOf('T-DNS-REVERSE'),
        about: address,
      })
    }
  }
}

/** '5.2.0.192.in-addr.arpa', or 32 digits below ip6.arpa (RFC 1035 section 3.5, RFC 3596 section 2.5); null for anything else. */
function addressOf(owner: string): string | null {
  const labels = owner.replace(/\.$/, '').split('.')
  const top = labels.splice(-2).join('.')
  const reversed = labels.reverse()
  if (top === 'in-addr.arpa') return reversed.length === 4 ? canonical(reversed.join('.')) : null
  if (top !== 'ip6.arpa' || reversed.length !== 32) return null
  return canonical(reversed.join('').replace(/(.{4})(?!$)/g, '$1:'))
}

function canonical(text: string): string | null {
  const bytes = parseAddress(text)
  return bytes === null ? null : formatAddress(bytes, 0, bytes.length)
}
