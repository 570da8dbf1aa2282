/** The live analysis in a worker thread: orders in, answers out. A worker that fails takes nothing of the capture with it. */
import { parentPort } from 'node:worker_threads'
import { BEGUN } from './analysis-host.ts'
import { type AnalysisOrder, LiveAnalysis } from './live-analysis.ts'
import { Niceness, prioritise } from './priority.ts'

const port = parentPort
if (port !== null) {
  prioritise(Niceness.Analysis)
  const analysis = new LiveAnalysis((answer) => port.postMessage(answer))
  port.on('message', (order: AnalysisOrder) => analysis.take(order))
  port.postMessage(BEGUN)
}
