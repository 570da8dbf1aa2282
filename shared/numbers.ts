/**
 * Numbers as people read them, the same on every screen, page and export: thousands separated, SI units, durations by their size.
 * Refuses to invent: null and NaN become an en dash. Pure; costs a string.
 */

export const NONE = '\u2013'

const DAY = 86_400

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
  if (whole < DAY) return `${sign}${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
  return `${sign}${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / 3600)} h`
}

/** days, hours, minutes and seconds of a size; rounded once, so that no part reads 60 */
function parts(size: number, decimals: number): [days: number, hours: number, minutes: number, seconds: number] {
  const scale = 10 ** decimals
  const whole = Math.round(size * scale)
  const minutes = Math.floor(whole / (60 * scale))
  return [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60, (whole - minutes * 60 * scale) / scale]
}

/** a moment, seconds since the capture's start, with as many decimals as asked for; from a day on in days, hours and minutes too */
export function moment(value: number | null | undefined, decimals = 3): string {
  if (value == null || !Number.isFinite(value)) return NONE
  if (Math.abs(value) < DAY) return `${value.toFixed(decimals).replace(/^-(0\.?0*)$/, '$1')} s`
  const [days, hours, minutes, rest] = parts(Math.abs(value), decimals)
  return `${value < 0 ? '-' : ''}${days} d ${hours} h ${minutes} min ${rest.toFixed(decimals)} s`
}

/** the same on an axis: as short as the step between two labels allows */
export function tickLabel(time: number, step: number): string {
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)))
  const size = Math.abs(time)
  if (size < DAY && (step < 60 || size < 60)) return `${time.toFixed(decimals)} s`
  const [days, hours, minutes, rest] = parts(size, decimals)
  const words = [days && `${days} d`, hours && `${hours} h`, minutes && `${minutes} min`, rest && `${rest.toFixed(decimals)} s`]
  return `${time < 0 ? '-' : ''}${words.filter((word) => word !== 0).join(' ')}`
}
