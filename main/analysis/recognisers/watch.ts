/**
 * What the recognisers of bytes have found (`dissectors/recognise/`), as findings: properties of a protocol that nobody knows, not attacks. Each
 * is one finding a session or pair of hosts, counted on.
 */
import type { RecognisedDetail } from '../../../shared/signal-details.ts'
import { type Signal, SignalKind, signalBit } from '../../../shared/signals.ts'
import { referenceOf } from '../findings/catalogue.ts'
import { notObservable, ruledOut } from '../findings/judge.ts'
import type { Finding } from '../findings/ledger.ts'
import type { Surroundings, WatchMaker } from '../findings/watch.ts'

export const RECOGNISER_WATCH: WatchMaker = {
  rules: ['T-HIDDEN-ID', 'T-HASH-CHAIN'],
  make: (around) => ({
    kinds: signalBit(SignalKind.Recognised),
    on: (signal) => {
      const detail = signal.detail as RecognisedDetail
      around.ledger.add(detail.what === 'hash-chain' ? chain(around, signal, detail) : hidden(around, signal, detail))
    },
  }),
}

function hidden({ flows, registry }: Surroundings, signal: Signal, { addresses, rows, flow }: RecognisedDetail): Finding {
  const text = (id: number): string => flows.addresses.text(id)
  const source = flows.sender(signal.flow, signal.direction)
  const target = flows.receiver(signal.flow, signal.direction)
  return {
    rule: 'T-HIDDEN-ID',
    severity: 'info',
    confidence: 90,
    time: signal.time,
    session: registry.sessionOfFlow(signal.flow),
    title: `The transport between ${text(source)} and ${text(target)} still counts with other addresses`,
    detail: `Two checksums are wrong for the addresses of their packets and right for ${text(addresses[0])} and ${text(addresses[1])}, which had the same ports before (session ${registry.sessionOfFlow(flow) + 1}): something below the transport keeps the first addresses as its identifiers and changes those on the wire.`,
    claimant: source,
    victim: -1,
    rows: [rows[1], rows[0]],
    checks: [
      ruledOut('a checksum left to the network card', 'the field is no sum over the pseudo header'),
      ruledOut('a damaged packet', 'two packets fit the same earlier pair'),
      notObservable('a translator that forgets to correct checksums'),
    ],
    reference: referenceOf('T-HIDDEN-ID'),
    about: `${Math.min(source, target)} ${Math.max(source, target)}`,
  }
}

function chain({ flows, registry }: Surroundings, signal: Signal, { addresses, rows, message }: RecognisedDetail): Finding {
  const [source, target] = addresses
  const text = (id: number): string => flows.addresses.text(id)
  return {
    rule: 'T-HASH-CHAIN',
    severity: 'info',
    confidence: 95,
    time: signal.time,
    session: registry.sessionOfFlow(signal.flow),
    title: `${text(source)} reveals a value whose ${message} it or its peer had shown before`,
    detail: `Frame ${rows[1] + 1} holds a value whose ${message} hash stands in frame ${rows[0] + 1} between ${text(source)} and ${text(target)}: a hash chain, by which a host proves to be the one that began, or the opening of a commitment.`,
    claimant: source,
    victim: -1,
    rows: [rows[1], rows[0]],
    checks: [ruledOut('an accident', 'one in 2^128')],
    reference: referenceOf('T-HASH-CHAIN'),
    about: `${Math.min(source, target)} ${Math.max(source, target)}`,
  }
}
