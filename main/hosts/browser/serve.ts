/**
 * The browser host: the same screens and the same engine as the Electron window, on loopback, for machines without Electron
 * and for headless capture servers (through an ssh tunnel). A transport of the contract, nothing else.
 * Serves only the built screens; every call goes over one WebSocket as `{ id, call, parameters }`.
 */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, extname, join, normalize, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type WebSocket, WebSocketServer } from 'ws'
import { type CallName, type ContractError, type EventName, eventNames } from '../../../shared/contract.ts'
import { startEngine } from '../../engine/client.ts'
import { replacingOnly } from '../replacing.ts'
import { COOKIE, createGuard } from './guard.ts'

export interface ServeOptions {
  /** capture to open at once */
  file?: string
  netlink?: string
  keys?: string[]
  /** path of a site model */
  site?: string
  /** presets, files or folders */
  profiles?: string[]
  /** 0: any free port */
  port?: number
}

export interface Served {
  /** address with the one-time token */
  url: string
  port: number
  close(): Promise<void>
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

/** The screens run no code but their own, load nothing from elsewhere and may not be framed. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'"

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/** Largest message taken from a page: an upload part of 1 MB as base64 and its envelope. */
const MAX_MESSAGE = 2 << 20

/** There is no dialog of the system here in which a person could choose a file to be replaced. */
const NOTHING: ReadonlySet<string> = new Set()

/** Folder of the built screens, beside this file's own bundle. */
function screensFolder(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', 'renderer')
}

/** The address asked for; null when it is none ('//', 'http://['): what stands in a request line is anybody's. */
function urlOf(request: IncomingMessage): URL | null {
  const text = request.url ?? '/'
  return URL.canParse(text, 'http://localhost') ? new URL(text, 'http://localhost') : null
}

/** A path with its percent escapes read; one that breaks their grammar names no file, and stays as it is. */
function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}

/** Starts the host on 127.0.0.1. Throws when the port is taken, with a sentence for people. */
export async function serve(options: ServeOptions = {}): Promise<Served> {
  const engine = startEngine()
  const screens = screensFolder()
  let port = 0
  const guard = createGuard(() => port)
  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500, HEADERS)
      response.end('internal error')
    })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = guard.refuse(request, false)
    if (refused !== null || request.method !== 'GET') {
      response.writeHead(refused === null ? 405 : 403, HEADERS).end(refused ?? 'only GET')
      return
    }
    const url = urlOf(request)
    if (url === null) {
      response.writeHead(400, HEADERS).end('not an address of this server')
      return
    }
    const token = url.searchParams.get('token')
    if (token !== null) {
      const cookie = guard.exchange(token)
      if (cookie !== null || guard.known(request)) {
        const set = cookie === null ? {} : { 'Set-Cookie': `${COOKIE}=${cookie}; HttpOnly; SameSite=Strict; Path=/` }
        response.writeHead(303, { ...HEADERS, ...set, Location: '/' }).end()
        return
      }
    }
    if (!guard.known(request)) {
      response.writeHead(403, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' })
      response.end('This address was opened already, or belongs to another browser. Start Rehome again for a new one.')
      return
    }
    await file(url.pathname, response)
  }

  async function file(pathname: string, response: ServerResponse): Promise<void> {
    const path = normalize(join(screens, pathname === '/' ? 'index.html' : decoded(pathname)))
    const type = TYPES[extname(path)]
    if (!path.startsWith(screens + sep) || type === undefined) {
      response.writeHead(404, HEADERS).end('not found')
      return
    }
    try {
      const body = await readFile(path)
      response.writeHead(200, { ...HEADERS, 'Content-Type': type }).end(body)
    } catch {
      response.writeHead(404, HEADERS).end('not found')
    }
  }

  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE })
  server.on('upgrade', (request, socket, head) => {
    // A page that goes away while it is answered is no event; without a listener the error would end the host.
    socket.on('error', () => socket.destroy())
    const refused = guard.refuse(request, true) ?? (guard.known(request) ? null : 'no session')
    if (refused !== null || urlOf(request)?.pathname !== '/ws') {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (ws) => connect(ws))
  })

  const push = (event: EventName, value: unknown): void => {
    const text = JSON.stringify({ event, value })
    for (const ws of sockets.clients) if (ws.readyState === ws.OPEN) ws.send(text)
  }
  for (const event of eventNames) engine.on(event, (value) => push(event, value))

  function connect(ws: WebSocket): void {
    ws.on('error', () => ws.terminate())
    ws.on('message', async (data) => {
      let id: unknown = null
      try {
        const message = JSON.parse(String(data)) as { id?: unknown; call?: unknown; parameters?: unknown }
        id = message.id ?? null
        // dispatch() in the engine validates the call and its parameters: what arrives here is trusted by nobody.
        const parameters = replacingOnly(NOTHING, message.call, message.parameters)
        const result = await engine.send(message.call as CallName, parameters as never)
        ws.send(JSON.stringify({ id, ...result }))
      } catch {
        const error: ContractError = {
          code: 'bad-request',
          message: 'the message is not a call',
          hint: 'send {"id", "call", "parameters"} as JSON',
        }
        if (ws.readyState === ws.OPEN) ws.send(JSON.stringify({ id, ok: false, error }))
      }
    })
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      void engine.close()
      const words =
        error.code === 'EADDRINUSE' ? `port ${options.port} is in use: choose another with --port, or leave it out` : error.message
      reject(new Error(words))
    })
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  port = (server.address() as AddressInfo).port
  if (options.file !== undefined) {
    // The page shows how this ends: an unreadable file is an answer on the screen, not the end of the host.
    const { file: path, netlink, keys, site, profiles } = options
    void engine.send('open', { path, netlink, keys, site, profiles })
  } else void engine.adopt()
  return {
    url: `http://127.0.0.1:${port}/?token=${guard.token()}`,
    port,
    async close() {
      for (const ws of sockets.clients) ws.terminate()
      sockets.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await engine.close()
    },
  }
}
