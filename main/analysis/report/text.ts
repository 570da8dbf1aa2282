/** Words and numbers at the edge of the analysis: epoch seconds, metrics, frames, names of directions. */
import { seconds as longSeconds, moment } from '../../../shared/numbers.ts'
import type { Metric } from '../../../shared/report.ts'
import type { Span } from '../model.ts'

/** Turns ns since the capture's first packet into epoch seconds with microsecond precision. */
export class Clock {
  private readonly base: number

  constructor(baseNanoseconds: bigint) {
    this.base = Number(baseNanoseconds / 1000n)
  }

  epoch(time: number): number {
    return Math.round(this.base + time / 1000) / 1e6
  }
}

export function frames(rows: number[]): number[] {
  const out: number[] = []
  for (const row of rows) if (row >= 0) out.push(row + 1)
  return [...new Set(out)].sort((a, b) => a - b)
}

export function metric(span: Span | null): Metric {
  if (span === null) return null
  const round = (n: number): number => Math.round(n * 1000) / 1000
  return {
    value: round(span.value),
    low: span.low === null ? null : round(Math.min(span.low, span.value)),
    high: span.high === null ? null : round(Math.max(span.high, span.value)),
    frames: frames(span.rows),
  }
}

export function directionName(direction: number): 'both' | 'initiator-to-responder' | 'responder-to-initiator' {
  return direction === 2 ? 'both' : direction === 0 ? 'initiator-to-responder' : 'responder-to-initiator'
}

/** Time after the capture's begin, for sentences. */
export function seconds(time: number): string {
  return moment(time / 1e9)
}

export function milliseconds(value: number): string {
  if (value >= 119_500) return longSeconds(value / 1000)
  if (value >= 1000) return `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} s`
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}

/** 64 bits of FNV-1a as hex: stable over captures and machines. */
export function stableHash(text: string): string {
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (let i = 0; i < text.length; i++) {
    low = (low ^ text.charCodeAt(i)) >>> 0
    // times 0x100000001b3 in 64 bits
    const lowProduct = low * 0x1b3
    high = (Math.imul(high, 0x1b3) + Math.floor(lowProduct / 0x100000000) + (low << 8)) >>> 0
    low = lowProduct >>> 0
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}
