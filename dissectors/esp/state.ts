/**
 * Whose SPI is it? A key exchange that is read in the clear (HIP's ESP_INFO, decrypted IKE) names the SPIs it set up, with the number
 * of its identifier pair; ESP and AH packets are then that context's payload, whatever their addresses (RFC 7402 section 3.3.2).
 * An SPI is chosen by its receiver. When both ends of a context chose the same number, addresses tell the directions apart.
 * Bounded: 65,536 SPIs, the oldest forgotten first. Cost per packet: one map look-up.
 */

import type { SignalProtocol } from '../../shared/signals.ts'
import type { Forgotten } from '../core/forgotten.ts'
import { StateKey } from '../core/state.ts'

const MAX_SPIS = 65_536

export interface SpiBinding {
  /** the exchange that announced it */
  protocol: SignalProtocol
  /** words for the tree, e.g. 'HIP' */
  name: string
  /** number of the identifier pair, as in `Signal.context` */
  context: number
  /** end of the context that receives on this SPI; -1: both do */
  receiver: 0 | 1 | -1
  /** address (id) from which `receiver` announced it; end 0's when both did */
  address: number
}

export class SpiState {
  private readonly bindings = new Map<number, SpiBinding>()

  constructor(private readonly forgotten: Forgotten) {}

  /** `receiver`, at `address`, says that it receives on `spi`. */
  bind(spi: number, binding: SpiBinding): void {
    const known = this.bindings.get(spi)
    if (known !== undefined && known.protocol === binding.protocol && known.context === binding.context) {
      if (known.receiver === binding.receiver) known.address = binding.address
      else if (known.receiver !== -1) {
        if (binding.receiver === 0) known.address = binding.address
        known.receiver = -1
      }
      return
    }
    this.bindings.delete(spi)
    this.forgotten.room(this.bindings, MAX_SPIS, 'security parameter indices')
    this.bindings.set(spi, { ...binding })
  }

  find(spi: number): SpiBinding | undefined {
    return this.bindings.get(spi)
  }

  /** Which end of the context sent a packet with this SPI from `source` (an address id)? */
  senderOf(binding: SpiBinding, source: number): 0 | 1 {
    if (binding.receiver === -1) return source === binding.address ? 0 : 1
    // A sender that uses the SPI which it announced itself is wrong, but there are such stacks; its address gives it away.
    const other = binding.receiver === 0 ? 1 : 0
    return source === binding.address ? binding.receiver : other
  }
}

export const spiState = new StateKey<SpiState>('spi', (state) => new SpiState(state.flows.forgotten))
