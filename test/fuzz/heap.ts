/** What is really kept: heap and buffers after a collection that is asked for, since the engine else collects when it likes. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** MB of objects and buffers that can still be reached. */
export function keptMegabytes(): number {
  collect()
  // buffers are given back behind the collection's back; the next one waits for that
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

/** May the last fifth of a run keep as much as this? Against the second fifth, when all is loaded and compiled. */
export function grew(steps: readonly number[]): string | null {
  const fifth = steps.length / 5
  const early = Math.max(...steps.slice(fifth, 2 * fifth))
  const late = Math.max(...steps.slice(-fifth))
  return late <= early * 1.1 + 20 ? null : `${late.toFixed(0)} MB are kept in the last fifth, ${early.toFixed(0)} MB in the second`
}
