/**
 * How long the machine keeps a process waiting that steps back as far as the analysis does and has a little to compute, ten times a second. A bound
 * in seconds that is to say something about us is given as much more room as this one needed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { Niceness } from '../../main/capture/priority.ts'

/** processes that a packet passes on its way to the event: capture program, recorder, analysis, and whoever reads */
export const HOPS = 4
const EVERY_MILLISECONDS = 100
/** of processor each time, about what a batch of packets costs until its events are told */
const WORK_MILLISECONDS = 10

const SCRIPT = `
require('os').setPriority(${Niceness.Analysis})
let due = performance.now()
const turn = () => {
  const begun = process.cpuUsage()
  let used = 0
  while (used < ${WORK_MILLISECONDS}) used = (process.cpuUsage(begun).user + process.cpuUsage(begun).system) / 1000
  const now = performance.now()
  console.log(now - due - used)
  due = Math.max(now, due + ${EVERY_MILLISECONDS})
  setTimeout(turn, due - now)
}
turn()`

export class Canary {
  /** s that it was kept waiting, each time */
  private readonly waits: number[] = []
  private readonly child: ChildProcess

  constructor() {
    this.child = spawn(process.execPath, ['-e', SCRIPT], { stdio: ['ignore', 'pipe', 'ignore'] })
    this.child.stdout?.on('data', (piece: Buffer) => {
      for (const line of piece.toString('utf8').split('\n')) if (line !== '') this.waits.push(Math.max(0, Number(line) / 1000))
    })
  }

  /** Of the moments at which something might have had to be done: a long wait counts for each of those it covered. */
  p95(): number {
    const moments = this.waits.flatMap((wait) => new Array<number>(1 + Math.floor((wait * 1000) / EVERY_MILLISECONDS)).fill(wait))
    return moments.sort((a, b) => a - b)[Math.ceil(moments.length * 0.95) - 1] ?? 0
  }

  stop(): void {
    this.child.kill('SIGKILL')
  }
}
