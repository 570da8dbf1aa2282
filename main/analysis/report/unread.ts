/**
 * What a capture does not say, in words: which messages end where short snapshots cut them, which are encrypted without a key at hand, and what is
 * not known therefore.
 */
import type { Unread } from '../../../dissectors/core/unread.ts'
import { SignalProtocol } from '../../../shared/signals.ts'
import type { SessionProtocol } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'

const MESSAGES: Partial<Record<SignalProtocol, readonly [one: string, many: string]>> = {
  [SignalProtocol.Tcp]: ['TCP segment', 'TCP segments'],
  [SignalProtocol.Sctp]: ['SCTP message', 'SCTP messages'],
  [SignalProtocol.Hip]: ['HIP message', 'HIP messages'],
  [SignalProtocol.Shim6]: ['Shim6 message', 'Shim6 messages'],
  [SignalProtocol.Mip6]: ['Mobile IPv6 message', 'Mobile IPv6 messages'],
  [SignalProtocol.Ilnp]: ['ILNP locator update', 'ILNP locator updates'],
  [SignalProtocol.Lisp]: ['LISP message', 'LISP messages'],
  [SignalProtocol.Ikev2]: ['IKE message', 'IKE messages'],
  [SignalProtocol.Quic]: ['QUIC handshake packet', 'QUIC handshake packets'],
}

/** One line a protocol, most first. */
export function unreadLines(unread: Unread): string[] {
  return unread.all().flatMap(({ protocol, count, row }) => {
    const names = MESSAGES[protocol]
    if (names === undefined) return []
    const [whose, ends] = count === 1 ? [names[0], 'ends'] : [names[1], 'end']
    const options = protocol !== SignalProtocol.Tcp ? '' : count === 1 ? ' in its header' : ' in their headers'
    const first = count === 1 ? `frame ${row + 1}` : `first: frame ${row + 1}`
    return [
      `${count} ${whose} ${ends}${options} where the capture cut ${count === 1 ? 'it' : 'them'} (${first}): what ${count === 1 ? 'it says' : 'they say'} behind that is not known (capture whole packets)`,
    ]
  })
}

const SEALED: readonly { protocol: SessionProtocol; one: string; many: string; after: string; inferred: string }[] = [
  {
    protocol: 'ikev2',
    one: 'an IKE SA',
    many: 'IKE SAs',
    after: 'IKE_SA_INIT',
    inferred: 'addresses that MOBIKE lists or updates, and an end by DELETE,',
  },
  {
    protocol: 'quic',
    one: 'a QUIC connection',
    many: 'QUIC connections',
    after: 'the handshake',
    inferred: 'path tests, new connection ids and the reason of an end',
  },
]

/** Sessions whose messages nobody could read: what is told of their moves comes from addresses, ports, sizes and the order of messages. */
export function sealedLines(sessions: readonly MultiSession[]): string[] {
  return SEALED.flatMap(({ protocol, one, many, after, inferred }) => {
    const count = sessions.filter((s) => s.sealed && s.protocol === protocol && s.mergedInto < 0).length
    if (count === 0) return []
    const [whose, whom] = count === 1 ? [one, 'it'] : [`${count} ${many}`, 'them']
    return [`what ${whose} said after ${after}: it is encrypted, and no keys for ${whom} were given, so ${inferred} can only be inferred`]
  })
}
