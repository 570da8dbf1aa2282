/**
 * Which association a verification tag and a pair of ports belong to (RFC 9260 section 8.5), whatever the addresses. A tag is its receiver's;
 * the youngest association that is not over goes before one that is. Cost: a look-up and at most 16 comparisons.
 */
import type { End } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'

interface TagEntry {
  session: MultiSession
  /** endpoint that accepts the tag */
  receiver: End
  receiverPort: number
  senderPort: number
}

const OF_A_TAG = 16

export class AssociationTags {
  private readonly entries = new Map<number, TagEntry[]>()

  /** The endpoint accepts this tag from now on; false: it has one already. */
  bind(session: MultiSession, receiver: End, tag: number): boolean {
    if (tag === 0 || session.tagKnown[receiver]) return false
    session.setTag(receiver, tag)
    const entry: TagEntry = { session, receiver, receiverPort: session.port(receiver), senderPort: session.port((1 - receiver) as End) }
    const list = this.entries.get(tag)
    if (list === undefined) this.entries.set(tag, [entry])
    else {
      list.push(entry)
      if (list.length > OF_A_TAG) list.shift()
    }
    return true
  }

  forget(session: MultiSession): void {
    for (const end of [0, 1] as const) {
      if (!session.tagKnown[end]) continue
      const tag = session.tag(end)
      const rest = (this.entries.get(tag) ?? []).filter((entry) => entry.session !== session)
      if (rest.length === 0) this.entries.delete(tag)
      else this.entries.set(tag, rest)
    }
  }

  find(tag: number, receiverPort: number, senderPort: number): TagEntry | null {
    const list = this.entries.get(tag)
    if (list === undefined) return null
    let closed: TagEntry | null = null
    for (let i = list.length - 1; i >= 0; i--) {
      const e = list[i] as TagEntry
      if (e.receiverPort !== receiverPort || e.senderPort !== senderPort) continue
      if (e.session.state !== 'closed' && e.session.state !== 'failed') return e
      closed ??= e
    }
    return closed
  }
}
