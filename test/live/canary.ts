/**
 * What the machine itself holds a process up: one that steps back as far as the analysis does, and does nothing but look at the clock. A bound
 * in seconds that is to say something about us is given as much more room as this one needed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { Niceness } from '../../main/capture/priority.ts'

const EVERY_MILLISECONDS = 25

export class Canary {
  /** s, by how much later than meant it woke up */
  private readonly stalls: number[] = []
  private readonly child: ChildProcess

  constructor() {
    const script = `require('os').setPriority(${Niceness.Analysis});let before=performance.now();setInterval(()=>{const now=performance.now();console.log(now-before-${EVERY_MILLISECONDS});before=now},${EVERY_MILLISECONDS})`
    this.child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
    this.child.stdout?.on('data', (piece: Buffer) => {
      for (const line of piece.toString('utf8').split('\n')) if (line !== '') this.stalls.push(Math.max(0, Number(line) / 1000))
    })
  }

  /** Of the moments at which something might have had to be done: a long stall counts for each of those it covered. */
  p95(): number {
    const moments = this.stalls.flatMap((stall) => new Array<number>(1 + Math.floor((stall * 1000) / EVERY_MILLISECONDS)).fill(stall))
    return moments.sort((a, b) => a - b)[Math.ceil(moments.length * 0.95) - 1] ?? 0
  }

  stop(): void {
    this.child.kill('SIGKILL')
  }
}
