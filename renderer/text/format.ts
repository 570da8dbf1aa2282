/**
 * Numbers on the screens: those of exports and pages too (`shared/numbers.ts`), and rates, moments and the clock.
 * Refuses to invent: null and NaN become an en dash. Pure; costs a string.
 */
import { bytes, count, milliseconds, NONE, plural, seconds } from '../../shared/numbers.ts'

export { bytes, count, milliseconds, NONE, plural, seconds }

export function rate(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`
}

/** a moment, seconds since the capture's start, with as many decimals as asked for */
export function moment(value: number | null | undefined, decimals = 3): string {
  return value == null || !Number.isFinite(value) ? NONE : `${value.toFixed(decimals).replace(/^-(0\.?0*)$/, '$1')} s`
}

export function wallClock(epochSeconds: number | null | undefined): string {
  if (epochSeconds == null || !Number.isFinite(epochSeconds)) return NONE
  const date = new Date(epochSeconds * 1000)
  return Number.isNaN(date.getTime()) ? NONE : date.toISOString().replace('T', ' ').replace('Z', ' UTC')
}
