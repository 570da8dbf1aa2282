/**
 * Whose an address is by the site model: an interface of the captured host or a router of the site. Neighbours of the link are nobody's by it.
 * Cost: made anew when the model has grown and somebody asks; then one look-up.
 */
import { parseAddress } from '../../../../shared/address.ts'
import type { Tools } from './rule.ts'

export class SiteOwners {
  /** by the number of the address table: whose it is, in words */
  private owners = new Map<number, string>()
  /** those of the captured host that it has lost */
  private former = new Set<number>()
  private version = -1

  constructor(private readonly tools: Pick<Tools, 'site' | 'flows'>) {}

  of(address: number): string | null {
    if (this.tools.site.version !== this.version) this.learn()
    return this.owners.get(address) ?? null
  }

  /** Is it of the site, or was it? */
  ever(address: number): boolean {
    return this.of(address) !== null || this.former.has(address)
  }

  private learn(): void {
    const { site, flows } = this.tools
    this.version = site.version
    this.owners = new Map()
    this.former = new Set()
    const put = (text: string, owner: string | null): void => {
      const bytes = parseAddress(text)
      const id = bytes === null ? -1 : flows.addresses.find(bytes, 0, bytes.length as 4 | 16)
      if (id < 0) return
      if (owner === null) this.former.add(id)
      else this.owners.set(id, owner)
    }
    for (const uplink of site.all()) {
      for (const [text, { removed }] of uplink.addresses) put(text, removed === null ? `an address of ${uplink.name}` : null)
      for (const text of uplink.routers.keys()) put(text, `a router of ${uplink.name}`)
    }
  }
}
