/**
 * Which flows and receiver indices are WireGuard's: transport messages are told from other UDP by them alone, for any bytes could be one.
 * Bounded: 65,536 indices, the oldest forgotten first.
 */
import type { Forgotten } from '../core/forgotten.ts'
import { StateKey } from '../core/state.ts'

const MAX_INDICES = 65_536

export class WireguardState {
  private readonly indices = new Set<number>()
  private readonly flows = new Set<number>()

  constructor(private readonly forgotten: Forgotten) {}

  /** `index`: what the sender of a handshake message wants to be reached by. */
  learn(flow: number, index: number): void {
    if (flow >= 0 && !this.flows.has(flow)) {
      this.forgotten.room(this.flows, MAX_INDICES, 'flows of WireGuard')
      this.flows.add(flow)
    }
    this.indices.delete(index)
    this.forgotten.room(this.indices, MAX_INDICES, 'WireGuard indices')
    this.indices.add(index)
  }

  knows(flow: number, index: number): boolean {
    return this.flows.has(flow) || this.indices.has(index)
  }
}

export const wireguardState = new StateKey<WireguardState>('wireguard', (state) => new WireguardState(state.flows.forgotten))
