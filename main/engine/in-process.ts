/** EngineClient without a thread: the command line and tests. */
import { LiveDesk } from '../capture/desk.ts'
import { answeredByHost, Listeners, type RunningEngine } from './client.ts'
import { type Answering, dispatch } from './dispatch.ts'
import { Engine } from './engine.ts'

/** `folder`: where notes of captures are kept; null: this user's own */
export function inProcessEngine(folder: string | null = null): RunningEngine {
  const engine = new Engine()
  const listeners = new Listeners()
  const desk = new LiveDesk(
    (event, value) => listeners.tell(event, value),
    (order) => engine.follow(order),
    folder,
  )
  engine.onLive = (answer) => desk.onAnswer(answer)
  engine.on('progress', (value) => listeners.tell('progress', value))
  engine.on('ready', (value) => listeners.tell('ready', value))
  return {
    send(call, parameters) {
      const answered = answeredByHost(desk, call, parameters)
      if (answered !== null) return answered as never
      if (call === 'open' || call === 'upload') desk.forgetFile()
      return dispatch(engine as unknown as Answering, call, parameters) as never
    },
    on: (event, listener) => listeners.on(event, listener),
    adopt: () => desk.adopt(),
    async close() {
      await desk.close()
      await engine.close()
    },
  }
}
