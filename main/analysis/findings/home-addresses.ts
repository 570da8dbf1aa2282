/**
 * Addresses that mobile nodes are bound by (RFC 6275): their home agent speaks for them while they are away, and they leave by foreign exits.
 * Cost of a question: sessions that are new since the last one, and those of mobile nodes that have named no home address yet; never all of them.
 */
import type { MultiSession } from '../multi-session.ts'
import type { Registry } from '../sessions/registry.ts'

const MAX_KNOWN = 100_000

export class HomeAddresses {
  private readonly known = new Set<string>()
  /** mobile nodes' sessions without a home address so far */
  private unnamed: MultiSession[] = []
  /** number of the next session to be looked at */
  private next = 0

  constructor(private readonly registry: Registry) {}

  has(address: string): boolean {
    this.learn()
    return this.known.has(address)
  }

  private learn(): void {
    const { registry } = this
    for (; this.next < registry.count; this.next++) {
      const session = registry.multiOf(this.next)
      if (session !== null && isMobile(session)) this.unnamed.push(session)
    }
    if (this.unnamed.length > 0) this.unnamed = this.unnamed.filter((session) => !this.named(session) && session.closed === null)
  }

  private named(session: MultiSession): boolean {
    let any = false
    for (const { identifiers } of session.endpoints)
      for (const { kind, value } of identifiers)
        if (kind === 'home-address') {
          any = true
          if (this.known.size < MAX_KNOWN) this.known.add(value)
        }
    return any
  }
}

function isMobile({ protocol }: MultiSession): boolean {
  return protocol === 'mipv6' || protocol === 'nemo' || protocol === 'pmipv6' || protocol.startsWith('profile:')
}
