/** Is a text a prefix: an address, a slash, and a length that its family has? Host bits may be set. */
import { parseAddress } from './address.ts'

export function isPrefix(text: string): boolean {
  const [base = '', length = '', more] = text.split('/')
  const bytes = parseAddress(base)
  return bytes !== null && more === undefined && /^\d{1,3}$/.test(length) && Number(length) <= bytes.length * 8
}
