import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { createGuard } from '../../../main/hosts/browser/guard.ts'

const request = (headers: Record<string, string>): IncomingMessage => ({ headers }) as unknown as IncomingMessage
const guard = () => createGuard(() => 4000)

describe('the browser host lets in only its own page', () => {
  test.each([
    ['own page', { host: '127.0.0.1:4000', origin: 'http://127.0.0.1:4000' }, true, null],
    ['own page by name', { host: 'localhost:4000', origin: 'http://localhost:4000' }, true, null],
    ['address bar, no origin', { host: '127.0.0.1:4000', 'sec-fetch-site': 'none' }, false, null],
    ['upgrade without origin', { host: '127.0.0.1:4000' }, true, 'Origin is not this server'],
    ['another page in the browser', { host: '127.0.0.1:4000', origin: 'http://evil.example' }, true, 'Origin is not this server'],
    ['the same machine on another port', { host: '127.0.0.1:4000', origin: 'http://127.0.0.1:4001' }, true, 'Origin is not this server'],
    [
      'a rebound name',
      { host: 'evil.example:4000', origin: 'http://evil.example:4000' },
      true,
      "Host 'evil.example:4000' is not this server",
    ],
    ['a cross-site navigation', { host: '127.0.0.1:4000', 'sec-fetch-site': 'cross-site' }, false, 'request comes from another site'],
  ])('%s', (_name, headers, upgrade, expected) => {
    expect(guard().refuse(request(headers as Record<string, string>), upgrade)).toBe(expected)
  })

  test('the token works once and becomes a cookie', () => {
    const g = guard()
    const token = g.token() as string
    expect(g.exchange('x'.repeat(token.length))).toBeNull()
    const cookie = g.exchange(token)
    expect(cookie).toMatch(/^[\w-]{32}$/)
    expect(g.exchange(token)).toBeNull()
    expect(g.token()).toBeNull()
    expect(g.known(request({ cookie: `a=b; rehome=${cookie}` }))).toBe(true)
    expect(g.known(request({ cookie: 'rehome=guess' }))).toBe(false)
    expect(g.known(request({}))).toBe(false)
  })
})
