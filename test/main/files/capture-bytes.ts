/** Builds captures of every shape for tests: both byte orders, any block, any option, and every kind of damage. */

export class Bytes {
  readonly parts: number[] = []
  constructor(readonly little: boolean) {}

  u8(...values: number[]): this {
    for (const value of values) this.parts.push(value & 255)
    return this
  }
  u16(value: number): this {
    return this.little ? this.u8(value, value >>> 8) : this.u8(value >>> 8, value)
  }
  u32(value: number): this {
    return this.little ? this.u8(value, value >>> 8, value >>> 16, value >>> 24) : this.u8(value >>> 24, value >>> 16, value >>> 8, value)
  }
  u64(value: bigint): this {
    const low = Number(BigInt.asUintN(32, value))
    const high = Number(BigInt.asUintN(32, value >> 32n))
    return this.little ? this.u32(low).u32(high) : this.u32(high).u32(low)
  }
  raw(bytes: ArrayLike<number>): this {
    for (let i = 0; i < bytes.length; i++) this.parts.push(bytes[i] as number)
    return this
  }
  pad(): this {
    while (this.parts.length % 4 !== 0) this.parts.push(0)
    return this
  }
  done(): Uint8Array {
    return Uint8Array.from(this.parts)
  }
}

export interface PcapRecord {
  seconds: number
  fraction: number
  data: Uint8Array
  wire?: number
  /** what the header claims instead of the true length */
  claimed?: number
}

export function pcap(options: {
  little?: boolean
  magic?: number
  minor?: number
  major?: number
  linkType?: number
  swapLengths?: boolean
  records: PcapRecord[]
}): Uint8Array {
  const magic = options.magic ?? 0xa1b2c3d4
  const out = new Bytes(options.little ?? true)
  out
    .u32(magic)
    .u16(options.major ?? 2)
    .u16(options.minor ?? 4)
    .u32(0)
    .u32(0)
    .u32(65535)
    .u32(options.linkType ?? 1)
  for (const record of options.records) {
    const length = record.claimed ?? record.data.length
    const wire = record.wire ?? record.data.length
    out.u32(record.seconds).u32(record.fraction)
    if (options.swapLengths) out.u32(wire).u32(length)
    else out.u32(length).u32(wire)
    if (magic === 0xa1b2cd34) out.u32(3).u16(0x0800).u8(0, 0)
    out.raw(record.data)
  }
  return out.done()
}

export type Option = [code: number, value: Uint8Array | string]

export function block(little: boolean, type: number, body: ArrayLike<number>, claimed?: number): Uint8Array {
  const inner = new Bytes(little).raw(body).pad().parts
  const length = claimed ?? inner.length + 12
  return new Bytes(little).u32(type).u32(length).raw(inner).u32(length).done()
}

export function options(little: boolean, list: Option[]): number[] {
  if (list.length === 0) return []
  const out = new Bytes(little)
  for (const [code, value] of list) {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    out.u16(code).u16(bytes.length).raw(bytes).pad()
  }
  return out.u16(0).u16(0).parts
}

export function section(little: boolean, list: Option[] = [], major = 1): Uint8Array {
  return block(little, 0x0a0d0d0a, new Bytes(little).u32(0x1a2b3c4d).u16(major).u16(0).u64(-1n).raw(options(little, list)).parts)
}

export function description(little: boolean, list: Option[] = [], linkType = 1, snaplen = 0): Uint8Array {
  return block(little, 1, new Bytes(little).u16(linkType).u16(0).u32(snaplen).raw(options(little, list)).parts)
}

export function enhanced(
  little: boolean,
  on: number,
  ticks: bigint,
  data: Uint8Array,
  list: Option[] = [],
  claimed = data.length,
): Uint8Array {
  const body = new Bytes(little)
    .u32(on)
    .u32(Number(BigInt.asUintN(64, ticks) >> 32n))
    .u32(Number(BigInt.asUintN(32, ticks)))
  return block(little, 6, body.u32(claimed).u32(data.length).raw(data).pad().raw(options(little, list)).parts)
}

export function old(little: boolean, on: number, drops: number, ticks: bigint, data: Uint8Array): Uint8Array {
  const body = new Bytes(little)
    .u16(on)
    .u16(drops)
    .u32(Number(ticks >> 32n))
    .u32(Number(BigInt.asUintN(32, ticks)))
  return block(
    little,
    2,
    body
      .u32(data.length)
      .u32(data.length + 7)
      .raw(data).parts,
  )
}

export function simple(little: boolean, wire: number, data: Uint8Array): Uint8Array {
  return block(little, 3, new Bytes(little).u32(wire).raw(data).parts)
}

export function join(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let position = 0
  for (const part of parts) {
    out.set(part, position)
    position += part.length
  }
  return out
}

/** `length` bytes that tell which packet they belong to. */
export function payload(seed: number, length: number): Uint8Array {
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) out[i] = seed * 31 + i * 7
  return out
}
