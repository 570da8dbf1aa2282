/**
 * Numbers as people read them: thousands separated, SI units, times relative to the capture's start.
 * Refuses to invent: null and NaN become an en dash. Pure; costs a string.
 */

export const NONE = '\u2013'

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

export function count(value: number | null | undefined): string {
  return value == null || !Number.isFinite(value) ? NONE : grouped.format(value)
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** three significant digits, without an exponent */
function significant(value: number): string {
  const size = Math.abs(value)
  if (size >= 100) return value.toFixed(0)
  if (size >= 10) return trim(value.toFixed(1))
  return trim(value.toFixed(2))
}

function trim(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

export function bytes(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NONE
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let size = value
  while (Math.abs(size) >= 999.5 && unit < units.length - 1) {
    size /= 1000
    unit++
  }
  return `${unit === 0 ? grouped.format(size) : significant(size)} ${units[unit]}`
}

export function rate(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`
}

/** a duration given in milliseconds */
export function milliseconds(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NONE
  const size = Math.abs(value)
  if (size === 0) return '0 ms'
  if (size < 0.9995) return `${significant(value * 1000)} \u00b5s`
  if (size < 999.5) return `${significant(value)} ms`
  return seconds(value / 1000)
}

/** a duration given in seconds */
export function seconds(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NONE
  const size = Math.abs(value)
  if (size > 0 && size < 0.9995) return milliseconds(value * 1000)
  if (size < 119.5) return `${significant(value)} s`
  const sign = value < 0 ? '-' : ''
  const whole = Math.round(size)
  if (whole < 3600) return `${sign}${Math.floor(whole / 60)} min ${whole % 60} s`
  if (whole < 172_800) return `${sign}${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
  return `${sign}${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`
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
