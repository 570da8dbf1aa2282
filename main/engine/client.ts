/**
 * EngineClient over the worker thread (hosts), and in the caller's own thread (command line, tests).
 * A worker that dies takes its capture with it: calls under way are answered with words, listeners hear a failed status, and the next
 * call starts a new worker.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type ContractError, type EngineClient, type EventName, type Events, liveCalls, type Status } from '../../shared/contract.ts'
import { LiveDesk } from '../capture/desk.ts'
import { VERSION } from '../version.ts'
import { type Answering, dispatch, type Result } from './dispatch.ts'
import type { FromWorker, ToWorker } from './protocol.ts'

export interface RunningEngine extends EngineClient {
  /** goes on with a capture that a former host has left behind */
  adopt(): Promise<void>
  close(): Promise<void>
}

/** Listeners by event. */
export class Listeners {
  private readonly sets: { [E in EventName]: Set<(value: Events[E]) => void> } = {
    progress: new Set(),
    ready: new Set(),
    live: new Set(),
    liveEvent: new Set(),
    livePoint: new Set(),
  }

  on<E extends EventName>(event: E, listener: (value: Events[E]) => void): () => void {
    this.sets[event].add(listener)
    return () => this.sets[event].delete(listener)
  }

  tell<E extends EventName>(event: E, value: Events[E]): void {
    for (const listener of this.sets[event]) listener(value)
  }
}

/** Calls that the host answers, and those that must wait for the end of a live capture. null: the engine's. */
export function answeredByHost(desk: LiveDesk, call: unknown, parameters: unknown): Promise<Result> | null {
  if ((liveCalls as readonly unknown[]).includes(call)) return dispatch(desk as unknown as Answering, call, parameters)
  if (call !== 'open' && call !== 'upload' && call !== 'cancel') return null
  if (desk.busy) {
    if (call === 'cancel') return null
    const error: ContractError = { code: 'busy', message: 'a live capture is running', hint: 'Stop it, then open a capture.' }
    return Promise.resolve({ ok: false, error })
  }
  return null
}

/** The built worker: beside the built hosts, or in dist/ when this runs from source. */
export function workerEntry(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  const built = join(here, '..', 'main', 'engine-worker.js')
  return existsSync(built) ? built : join(here, '..', '..', 'dist', 'main', 'engine-worker.js')
}

/** `folder`: where notes of captures are kept; null: this user's own */
export function startEngine(entry = workerEntry(), folder: string | null = null): RunningEngine {
  const listeners = new Listeners()
  const waiting = new Map<number, (result: Result) => void>()
  let worker: Worker | null = null
  let number = 0
  let closing = false
  let path: string | null = null

  const desk = new LiveDesk(
    (event, value) => listeners.tell(event, value),
    (order) => {
      if (closing) return
      worker ??= start()
      worker.postMessage({ follow: order } satisfies ToWorker)
    },
    folder,
  )

  /** The worker is gone: nobody waits for ever. */
  const lost = (gone: Worker, words: string): void => {
    if (worker !== gone) return
    worker = null
    const error: ContractError = {
      code: 'internal',
      message: `the engine stopped (${words}) and starts anew with the next call`,
      hint: 'Open the capture again; if it comes back, report it with the capture.',
    }
    for (const answer of waiting.values()) answer({ ok: false, error })
    waiting.clear()
    if (closing) return
    if (desk.busy) desk.onEngineLost(error)
    else listeners.tell('ready', { ...failedStatus(path), error })
  }

  const start = (): Worker => {
    const started = new Worker(entry, { stdin: false })
    started.on('message', (message: FromWorker) => {
      if ('event' in message) listeners.tell(message.event, message.value)
      else if ('live' in message) desk.onAnswer(message.live)
      else {
        waiting.get(message.id)?.(message.result)
        waiting.delete(message.id)
      }
    })
    started.on('error', (error: Error) => lost(started, error.message))
    started.on('exit', (code) => lost(started, `exit code ${code}`))
    return started
  }

  return {
    send(call, parameters) {
      if (closing) {
        const error: ContractError = { code: 'internal', message: 'the engine is closing', hint: 'Start the program again.' }
        return Promise.resolve({ ok: false, error })
      }
      const answered = answeredByHost(desk, call, parameters)
      if (answered !== null) return answered as never
      if (call === 'open' || call === 'upload') desk.forgetFile()
      worker ??= start()
      const id = ++number
      if (call === 'open') path = String((parameters as { path?: unknown } | undefined)?.path ?? '')
      const message: ToWorker = { id, call, parameters }
      const running = worker
      return new Promise((resolve) => {
        waiting.set(id, resolve as (result: Result) => void)
        try {
          running.postMessage(message)
        } catch (error) {
          // parameters that cannot be copied to a thread cannot be right
          waiting.delete(id)
          resolve({
            ok: false,
            error: { code: 'bad-request', message: `${String(call)}: ${(error as Error).message}`, hint: 'Send plain data.' },
          })
        }
      })
    },
    on: (event, listener) => listeners.on(event, listener),
    adopt: () => desk.adopt(),
    async close() {
      await desk.close()
      closing = true
      const running = worker
      if (running === null) return
      const gone = new Promise<void>((resolve) => running.once('exit', () => resolve()))
      running.postMessage('close')
      const patience = setTimeout(() => void running.terminate(), 2000)
      await gone
      clearTimeout(patience)
    },
  }
}

function failedStatus(path: string | null): Status {
  const nothing = { bytesRead: 0, bytesTotal: 0, packets: 0, error: null, warnings: [], capture: null, start: null, end: null }
  return { state: 'failed', path, name: path, ...nothing, sessions: 0, rehomings: 0, findings: [], version: VERSION }
}
