/**
 * EngineClient over the worker thread (hosts), and in the caller's own thread (command line, tests).
 * A worker that dies takes its capture with it: calls under way are answered with words, listeners hear a failed status, and the next
 * call starts a new worker.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { ContractError, EngineClient, EventName, Events, Status } from '../../shared/contract.ts'
import { VERSION } from '../version.ts'
import type { Result } from './dispatch.ts'
import type { FromWorker, ToWorker } from './protocol.ts'

export interface RunningEngine extends EngineClient {
  close(): Promise<void>
}

type Listeners = { [E in EventName]: Set<(value: Events[E]) => void> }

/** The built worker: beside the built hosts, or in dist/ when this runs from source. */
export function workerEntry(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  const built = join(here, '..', 'main', 'engine-worker.js')
  return existsSync(built) ? built : join(here, '..', '..', 'dist', 'main', 'engine-worker.js')
}

export function startEngine(entry = workerEntry()): RunningEngine {
  const listeners: Listeners = { progress: new Set(), ready: new Set() }
  const waiting = new Map<number, (result: Result) => void>()
  let worker: Worker | null = null
  let number = 0
  let closing = false
  let path: string | null = null

  const tell = (event: EventName, value: Status): void => {
    for (const listener of listeners[event]) listener(value)
  }

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
    if (!closing) tell('ready', { ...failedStatus(path), error })
  }

  const start = (): Worker => {
    const started = new Worker(entry, { stdin: false })
    started.on('message', (message: FromWorker) => {
      if ('event' in message) tell(message.event, message.value)
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
    on(event, listener) {
      listeners[event].add(listener as never)
      return () => listeners[event].delete(listener as never)
    },
    async close() {
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
