/**
 * Numbers as people read them, the same on every screen, page and export: thousands separated, SI units, durations by their size.
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
  const text = size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

export function bytes(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NONE
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let unit = 0
  let size = value
  while (Math.abs(size) >= 999.5 && unit < units.length - 1) {
    size /= 1000
    unit++
  }
  return `${unit === 0 ? grouped.format(size) : significant(size)} ${units[unit]}`
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
