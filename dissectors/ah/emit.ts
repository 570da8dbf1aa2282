/** Builds authentication headers for tests; the ICV is padded to a multiple of 4 bytes, as both IP versions need. */
import { bytes32, join } from '../link/emit.ts'

export function emitAh(nextHeader: number, spi: number, sequence: number, icv: Uint8Array, payload: Uint8Array): Uint8Array {
  const padded = join(icv, new Uint8Array(-icv.length & 3))
  return join([nextHeader, padded.length / 4 + 1, 0, 0], bytes32(spi), bytes32(sequence), padded, payload)
}
