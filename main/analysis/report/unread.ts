/**
 * What a capture does not say, in words: which messages end where short snapshots cut them, which are encrypted without a key at hand, and what is
 * not known therefore.
 */
import type { Unread } from '../../../dissectors/core/unread.ts'
import { SignalProtocol } from '../../../shared/signals.ts'
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

/** IKE SAs whose messages nobody could read: what is told of their moves comes from addresses, ports and the order of exchanges. */
export function sealedLines(sessions: readonly MultiSession[]): string[] {
  const count = sessions.filter((s) => s.sealed && s.mergedInto < 0).length
  if (count === 0) return []
  const whose = count === 1 ? 'an IKE SA' : `${count} IKE SAs`
  return [
    `what ${whose} said after IKE_SA_INIT: it is encrypted, and no keys for it were given, so addresses that MOBIKE lists or updates, and an end by DELETE, can only be inferred`,
  ]
}
