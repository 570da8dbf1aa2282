/**
 * Numbers on the screens: those of exports and pages too (`shared/numbers.ts`), and rates and the clock.
 * Refuses to invent: null and NaN become an en dash. Pure; costs a string.
 */
import { bytes, count, milliseconds, moment, NONE, plural, seconds } from '../../shared/numbers.ts'

export { bytes, count, milliseconds, moment, NONE, plural, seconds }

export function rate(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`
}

export function wallClock(epochSeconds: number | null | undefined): string {
  if (epochSeconds == null || !Number.isFinite(epochSeconds)) return NONE
  const date = new Date(epochSeconds * 1000)
  return Number.isNaN(date.getTime()) ? NONE : date.toISOString().replace('T', ' ').replace('Z', ' UTC')
}
