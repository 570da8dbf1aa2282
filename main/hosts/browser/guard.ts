/**
 * Who may talk to the browser host: only a page that this host served, in the browser that opened the one-time address.
 * The address printed carries a token that works once; it is exchanged for a SameSite=Strict, HttpOnly cookie.
 * Host and Origin are checked on every request and upgrade, so that neither another page in the same browser nor a rebound
 * DNS name reaches a capture.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export const COOKIE = 'rehome'

export interface Guard {
  /** secret of the printed address; null once it was used */
  token(): string | null
  /** Uses the token up: the cookie value to set, or null when the token is wrong or used. */
  exchange(token: string): string | null
  /** Why this request is refused; null when it may pass. `upgrade` demands an Origin. */
  refuse(request: IncomingMessage, upgrade: boolean): string | null
  /** True when the request carries a cookie that this host gave out. */
  known(request: IncomingMessage): boolean
}

function equal(a: string, b: string): boolean {
  const x = Buffer.from(a)
  const y = Buffer.from(b)
  return x.length === y.length && timingSafeEqual(x, y)
}

function cookieOf(request: IncomingMessage): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=')
    if (name === COOKIE && value !== undefined) return value
  }
  return null
}

/** `port` is asked for at each request, since it is known only after listening. */
export function createGuard(port: () => number): Guard {
  let token: string | null = randomBytes(24).toString('base64url')
  const session = randomBytes(24).toString('base64url')
  const hosts = () => [`127.0.0.1:${port()}`, `localhost:${port()}`]
  return {
    token: () => token,
    exchange(given) {
      if (token === null || !equal(given, token)) return null
      token = null
      return session
    },
    refuse(request, upgrade) {
      const host = request.headers.host ?? ''
      if (!hosts().includes(host)) return `Host '${host.slice(0, 80)}' is not this server`
      const origin = request.headers.origin
      if (origin === undefined ? upgrade : !hosts().some((h) => origin === `http://${h}`)) return 'Origin is not this server'
      const site = request.headers['sec-fetch-site']
      if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'request comes from another site'
      return null
    },
    known(request) {
      const cookie = cookieOf(request)
      return cookie !== null && equal(cookie, session)
    },
  }
}
