/** EngineClient without a thread: the command line and tests. */
import type { EngineClient } from '../../shared/contract.ts'
import { dispatch } from './dispatch.ts'
import { Engine } from './engine.ts'

export function inProcessEngine(): EngineClient & { close(): Promise<void> } {
  const engine = new Engine()
  return {
    send: (call, parameters) => dispatch(engine, call, parameters) as never,
    on: (event, listener) => engine.on(event, listener),
    close: () => engine.close(),
  }
}
