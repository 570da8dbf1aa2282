/**
 * The contract over one WebSocket to the host that served the page: `{id, call, parameters}` out, `{id, ok, value|error}` back,
 * `{event, value}` pushed. A lost socket fails what was under way, is shown as a state, and is tried again with growing pauses.
 * Refuses to queue for ever: a call made while the socket is down waits for at most ten seconds.
 */
import type { Answers, CallName, ContractError, EventName, Events, Parameters_ } from '../../shared/contract.ts'
import type { ConnectionState, ScreenClient } from './client.ts'

type Result<K extends CallName> = { ok: true; value: Answers[K] } | { ok: false; error: ContractError }

interface Waiting {
  settle(answer: { ok: true; value: unknown } | { ok: false; error: ContractError }): void
  message: string
  sent: boolean
  timer: ReturnType<typeof setTimeout> | null
}

interface Socket {
  readyState: number
  send(text: string): void
  close(): void
  onopen: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
}

const LOST: ContractError = {
  code: 'internal',
  message: 'The engine cannot be reached: the connection to the host that served this page is down.',
  hint: 'Check that rehome is still running in its terminal. This page reconnects by itself.',
}

const PATIENCE = 10_000

/** Pauses between attempts: a quarter of a second, doubling, at most five. */
export function pauseBefore(attempt: number): number {
  return Math.min(5000, 250 * 2 ** Math.min(attempt, 8))
}

export function websocketClient(
  url: string,
  open: (url: string) => Socket = (address) => new WebSocket(address) as unknown as Socket,
): ScreenClient {
  const waiting = new Map<number, Waiting>()
  const listeners = new Map<EventName, Set<(value: never) => void>>()
  const watchers = new Set<() => void>()
  let state: ConnectionState = 'connecting'
  let attempt = 0
  let nextId = 1
  let socket: Socket | null = null

  function become(next: ConnectionState): void {
    if (state === next) return
    state = next
    for (const watcher of watchers) watcher()
  }

  function receive(text: string): void {
    let message: { id?: number; ok?: boolean; value?: unknown; error?: ContractError; event?: EventName }
    try {
      message = JSON.parse(text)
    } catch {
      return
    }
    if (message.event !== undefined) {
      for (const listener of listeners.get(message.event) ?? []) listener(message.value as never)
      return
    }
    const call = message.id === undefined ? undefined : waiting.get(message.id)
    if (!call) return
    waiting.delete(message.id!)
    if (call.timer) clearTimeout(call.timer)
    call.settle(message.ok ? { ok: true, value: message.value } : { ok: false, error: message.error ?? LOST })
  }

  function connect(): void {
    socket = open(url)
    socket.onopen = () => {
      attempt = 0
      for (const call of waiting.values()) transmit(call)
      become('open')
    }
    socket.onmessage = (event: { data: unknown }) => receive(String(event.data))
    socket.onerror = () => {}
    socket.onclose = () => {
      socket = null
      for (const [id, call] of waiting) {
        if (!call.sent) continue
        waiting.delete(id)
        if (call.timer) clearTimeout(call.timer)
        call.settle({ ok: false, error: LOST })
      }
      become('lost')
      setTimeout(connect, pauseBefore(attempt++))
    }
  }

  function transmit(call: Waiting): void {
    if (call.sent || socket?.readyState !== 1) return
    call.sent = true
    socket.send(call.message)
  }

  connect()

  return {
    platform: 'browser',
    connection: {
      state: () => state,
      subscribe(listener) {
        watchers.add(listener)
        return () => watchers.delete(listener)
      },
    },
    send<K extends CallName>(call: K, parameters: Parameters_<K>): Promise<Result<K>> {
      const id = nextId++
      return new Promise((resolve) => {
        const entry: Waiting = {
          settle: resolve as Waiting['settle'],
          message: JSON.stringify({ id, call, parameters }),
          sent: false,
          timer: null,
        }
        waiting.set(id, entry)
        transmit(entry)
        if (!entry.sent) {
          entry.timer = setTimeout(() => {
            if (entry.sent || !waiting.delete(id)) return
            resolve({ ok: false, error: LOST })
          }, PATIENCE)
        }
      })
    },
    on<E extends EventName>(event: E, listener: (value: Events[E]) => void) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set)
      set.add(listener as (value: never) => void)
      return () => set.delete(listener as (value: never) => void)
    },
  }
}

/** Address of the host's socket for the page that is shown. */
export function socketAddress(location: { protocol: string; host: string }): string {
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/ws`
}
