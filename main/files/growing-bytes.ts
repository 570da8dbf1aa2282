/** Bytes that are written in little-endian order and taken from time to time, for encoders. Cost: one copy a take; memory: what was not taken yet. */
export class GrowingBytes {
  protected bytes = new Uint8Array(65_536)
  protected view = new DataView(this.bytes.buffer)
  protected length = 0

  /** bytes that wait to be taken */
  get pending(): number {
    return this.length
  }

  /** What was written since the last call. */
  take(): Uint8Array {
    const out = this.bytes.slice(0, this.length)
    this.length = 0
    return out
  }

  /** Makes room for so many more. */
  protected reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }
}
