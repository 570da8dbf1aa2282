/** The browser host against request lines that no browser sends: each is refused, and the host goes on. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { build } from '../../../scripts/build.mjs'

const ROOT = join(import.meta.dirname, '../../..')
const RUNNER = `import(${JSON.stringify(pathToFileURL(join(ROOT, 'dist/cli/rehome.js')).href)}).then(({ main }) => main(['serve']))`

let host: ChildProcess
let port = 0
let temporary = ''
let cookie = ''

/** The status line that answers these header lines; '' when the host hung up without one. */
function ask(first: string, ...headers: string[]): Promise<{ status: string; text: string }> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    socket.on('data', (bytes) => {
      text += bytes
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve({ status: text.split('\r\n')[0] ?? '', text }))
    socket.write([`${first} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...headers, '', ''].join('\r\n'))
  })
}

beforeAll(async () => {
  await build({ names: ['node', 'renderer'], quiet: true })
  temporary = mkdtempSync(join(tmpdir(), 'rehome-serve-'))
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: temporary }
  host = spawn(process.execPath, ['-e', RUNNER], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'ignore'] })
  const url = await new Promise<URL>((resolve, reject) => {
    host.once('exit', () => reject(new Error('the host ended before it was ready')))
    host.stdout?.on('data', (bytes) => {
      const address = /http:\S+/.exec(String(bytes))?.[0]
      if (address !== undefined) resolve(new URL(address))
    })
  })
  port = Number(url.port)
  cookie = `Cookie: ${/Set-Cookie: ([^;]+)/.exec((await ask(`GET /${url.search}`, 'Connection: close')).text)?.[1]}`
}, 60_000)
afterAll(() => {
  host.kill()
  rmSync(temporary, { recursive: true, force: true })
})

it.each([
  ['/', 200],
  ['/%', 404],
  ['/%E0%A4%A', 404],
  ['/%00.png', 404],
  ['/..%2f..%2f..%2fpackage.json', 404],
  ['//etc/passwd', 404],
  ['//', 400],
  ['http://[', 400],
])('answers GET %s with %i', async (path, status) => {
  expect((await ask(`GET ${path}`, cookie, 'Connection: close')).status).toContain(`HTTP/1.1 ${status} `)
})

it.each(['//', 'http://[', '/%', '/other'])('refuses the upgrade at %s and goes on', async (path) => {
  const refused = await ask(`GET ${path}`, cookie, `Origin: http://127.0.0.1:${port}`, 'Upgrade: websocket', 'Connection: Upgrade')
  const after = await ask('GET /', cookie, 'Connection: close')
  expect([refused.status, after.status, host.exitCode]).toEqual(['HTTP/1.1 403 Forbidden', 'HTTP/1.1 200 OK', null])
})

it('ends with its terminal, and takes along what was uploaded', async () => {
  const origin = `http://127.0.0.1:${port}`
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { origin, headers: { Cookie: cookie.replace('Cookie: ', '') } })
  await new Promise((resolve) => socket.once('open', resolve))
  const answer = new Promise<string>((resolve) => socket.once('message', (bytes) => resolve(String(bytes))))
  socket.send(JSON.stringify({ id: 1, call: 'upload', parameters: { name: 'x', id: 'x', offset: 0, base64: 'AAAA', last: false } }))
  // beside uploads the host keeps a note of its live capture there
  const uploads = () => readdirSync(temporary).filter((name) => name.startsWith('rehome-upload-'))
  expect([JSON.parse(await answer), uploads().length]).toEqual([{ id: 1, ok: true, value: { received: 3, status: null } }, 1])
  const ended = new Promise((resolve) => host.once('exit', (code, signal) => resolve([code, signal])))
  host.kill('SIGHUP')
  expect([await ended, uploads()]).toEqual([[0, null], []])
})
