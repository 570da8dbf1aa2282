/** The host's own routes as the link log tells them (`ip monitor`): which of them says where packets to an address go. */
import { parseAddress } from '../../shared/address.ts'
import type { LinkDetail } from '../../shared/signal-details.ts'
import { covers } from './routing-facts.ts'

/**
 * Does a route that was added or removed cover the address? A default route is of the family of its next hop, where the log tells one; an IPv4 route
 * by an IPv6 next hop (RFC 8950) is written 'via inet6'. False for what is no route. Cost: some characters are read.
 */
export function routeCovers({ what, subject, nextHop, message }: LinkDetail, address: Uint8Array): boolean {
  if ((what !== 'route-added' && what !== 'route-removed') || subject === null) return false
  const [text = '', length] = subject.split('/')
  if (text === 'default') {
    // a preference is said of IPv6 routes only (RFC 4191)
    if (/ pref (?:low|medium|high)\b/.test(message)) return address.length === 16
    if (nextHop == null) return true
    const overOther = /\bvia inet6? /.test(message)
    return (nextHop.includes(':') !== overOther) === (address.length === 16)
  }
  const prefix = parseAddress(text)
  return prefix !== null && covers({ prefix, length: length === undefined ? prefix.length * 8 : Number(length) }, address)
}
