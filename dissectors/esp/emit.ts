/** Builds ESP packets for tests: what stands behind the sequence number is given as it is on the wire. */
import { bytes32, join } from '../link/emit.ts'

export function emitEsp(spi: number, sequence: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  return join(bytes32(spi), bytes32(sequence), data)
}
