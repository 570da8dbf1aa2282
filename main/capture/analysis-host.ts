/** Where the live analysis runs: in a worker thread (hosts), in this thread (tests, from source), or nowhere (a capture that only records). */
import { Worker } from 'node:worker_threads'
import { type AnalysisAnswer, type AnalysisOrder, LiveAnalysis } from './live-analysis.ts'
import { builtEntry } from './own-process.ts'

const PATIENCE_MILLISECONDS = 10_000
/** what the worker says when it has loaded */
export const BEGUN = 'begun'

export interface AnalysisHost {
  /** resolves when orders are taken as they come, or when it is lost; absent: they are from the first moment */
  ready?: Promise<void>
  send(order: AnalysisOrder): void
  close(): Promise<void>
}

export function analysisInWorker(
  onAnswer: (answer: AnalysisAnswer) => void,
  onLost: (why: string) => void,
  entry = builtEntry('capture-worker'),
): AnalysisHost {
  const worker = new Worker(entry)
  let over = false
  let begun = (): void => {}
  const ready = new Promise<void>((resolve) => {
    begun = resolve
    // one that hangs keeps nobody from knowing that packets are recorded
    setTimeout(resolve, PATIENCE_MILLISECONDS).unref()
  })
  const lost = (why: string): void => {
    begun()
    if (over) return
    over = true
    onLost(why)
  }
  worker.on('message', (answer: AnalysisAnswer | typeof BEGUN) => (answer === BEGUN ? begun() : onAnswer(answer)))
  worker.on('error', (error) => lost(error.message))
  worker.on('exit', (code) => lost(`exit ${code}`))
  return {
    ready,
    send: (order) => worker.postMessage(order),
    async close() {
      over = true
      begun()
      await worker.terminate()
    },
  }
}

export function analysisHere(onAnswer: (answer: AnalysisAnswer) => void, onLost: (why: string) => void): AnalysisHost {
  const analysis = new LiveAnalysis(onAnswer)
  return {
    send(order) {
      try {
        analysis.take(order)
      } catch (error) {
        onLost((error as Error).message)
      }
    },
    async close() {},
  }
}

export function analysisNowhere(onAnswer: (answer: AnalysisAnswer) => void): AnalysisHost {
  const findings = { info: 0, low: 0, medium: 0, high: 0, critical: 0 }
  return {
    send({ kind }) {
      if (kind === 'finish') onAnswer({ kind: 'finished', sessions: 0, rehomings: 0, findings, packets: 0 })
    },
    async close() {},
  }
}
