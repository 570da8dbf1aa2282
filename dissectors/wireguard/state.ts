/**
 * Which flows and receiver indices are WireGuard's: transport messages are told from other UDP by them alone, for any bytes could be one.
 * Bounded: 65,536 indices, the oldest forgotten first.
 */
import { StateKey } from '../core/state.ts'

const MAX_INDICES = 65_536

export class WireguardState {
  private readonly indices = new Set<number>()
  private readonly flows = new Set<number>()

  /** `index`: what the sender of a handshake message wants to be reached by. */
  learn(flow: number, index: number): void {
    if (flow >= 0) this.flows.add(flow)
    this.indices.delete(index)
    this.indices.add(index)
    if (this.indices.size > MAX_INDICES)
      for (const oldest of this.indices) {
        this.indices.delete(oldest)
        break
      }
  }

  knows(flow: number, index: number): boolean {
    return this.flows.has(flow) || this.indices.has(index)
  }
}

export const wireguardState = new StateKey<WireguardState>('wireguard', () => new WireguardState())
