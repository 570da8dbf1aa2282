/**
 * Which session an ESP packet belongs to, by its SPI whatever its addresses (mobike.md). An SPI is chosen by its receiver, so the same number may
 * stand in several sessions: addresses, else the sequence number, tell them apart. Sequence numbers of one direction's successive SPIs are laid
 * one behind the other, so that they order its packets over a rekey.
 * Bounded: 65,536 SPIs, the oldest forgotten first. Cost for a known SPI: one map look-up.
 */
import type { Forgotten } from '../../../../dissectors/core/forgotten.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'

const MAX_SPIS = 65_536
/** room between the numbers of two SPIs of a direction: packets of the older one still come while the newer is in use */
const SPACING = 0x100000
/** how far sequence numbers of one SA may lie apart when no address is known */
const NEAR = 4_096

export interface Spi {
  readonly value: number
  readonly session: MultiSession
  readonly sender: End
  /** what is added to its sequence numbers */
  base: number
  last: number
}

export class SpiTable {
  private readonly bySpi = new Map<number, Spi[]>()

  /** `what` its numbers are, in the plural */
  constructor(
    private readonly forgotten: Forgotten,
    private readonly what: string,
  ) {}

  /** The SA of a packet with this SPI between two addresses; null when none fits. */
  find(value: number, sequence: number, source: number, destination: number): Spi | null {
    const list = this.bySpi.get(value)
    if (list === undefined) return null
    let near: Spi | null = null
    for (let i = list.length - 1; i >= 0; i--) {
      const spi = list[i] as Spi
      const { session, sender } = spi
      for (const path of session.paths) if (path.ends[sender] === source || path.ends[1 - sender] === destination) return spi
      if (Math.abs(sequence - spi.last) < NEAR && list.length === 1) near = spi
    }
    return near
  }

  /** Lets go of those whose session is gone. */
  forget(gone: (session: MultiSession) => boolean): void {
    for (const [value, list] of this.bySpi) {
      const left = list.filter((spi) => !gone(spi.session))
      if (left.length === 0) this.bySpi.delete(value)
      else if (left.length < list.length) this.bySpi.set(value, left)
    }
  }

  /** The SA of `sender` in a session that is known already. */
  of(value: number, session: MultiSession, sender: End): Spi | null {
    const list = this.bySpi.get(value)
    if (list === undefined) return null
    for (const spi of list) if (spi.session === session && spi.sender === sender) return spi
    return null
  }

  /** `top`: highest number of the direction so far, 0 when it has none. */
  add(value: number, session: MultiSession, sender: End, sequence: number, top: number): Spi {
    const base = top === 0 ? 0 : (top + SPACING - sequence) >>> 0
    const spi: Spi = { value, session, sender, base, last: sequence }
    const list = this.bySpi.get(value)
    if (list !== undefined) {
      list.push(spi)
      if (list.length > 8) list.shift()
      return spi
    }
    this.forgotten.room(this.bySpi, MAX_SPIS, this.what)
    this.bySpi.set(value, [spi])
    return spi
  }
}
