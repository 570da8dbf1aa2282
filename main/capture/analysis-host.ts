/** Where the live analysis runs: in a worker thread (hosts), or in this thread (tests, from source). */
import { Worker } from 'node:worker_threads'
import { type AnalysisAnswer, type AnalysisOrder, LiveAnalysis } from './live-analysis.ts'
import { builtEntry } from './own-process.ts'

export interface AnalysisHost {
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
  const lost = (why: string): void => {
    if (over) return
    over = true
    onLost(why)
  }
  worker.on('message', onAnswer)
  worker.on('error', (error) => lost(error.message))
  worker.on('exit', (code) => lost(`exit ${code}`))
  return {
    send: (order) => worker.postMessage(order),
    async close() {
      over = true
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
