/** The engine in a thread of its own, so that a window or server stays answerable while packets are walked. */
import { parentPort } from 'node:worker_threads'
import { Niceness, prioritise } from '../capture/priority.ts'
import { dispatch } from './dispatch.ts'
import { Engine } from './engine.ts'
import type { FromWorker, ToWorker } from './protocol.ts'

const port = parentPort
if (port === null) throw new Error('this file is the entry of a worker thread')

const engine = new Engine()
const send = (message: FromWorker): void => port.postMessage(message)
engine.on('progress', (value) => send({ event: 'progress', value }))
engine.on('ready', (value) => send({ event: 'ready', value }))

engine.onLive = (live) => send({ live })

port.on('message', (message: ToWorker) => {
  if (message === 'close') void engine.close().finally(() => port.close())
  else if ('follow' in message) {
    // what is captured goes before what is said about it
    if (message.follow.kind === 'begin') prioritise(Niceness.Analysis)
    engine.follow(message.follow)
  } else void dispatch(engine, message.call, message.parameters).then((result) => send({ id: message.id, result }))
})
