/** Child processes outlive a parent that ends in a hurry and hold its pipes: those named here are ended with this process, however it exits. */
import type { ChildProcess } from 'node:child_process'

const children = new Set<ChildProcess>()
let watching = false

export function endWithUs(child: ChildProcess): void {
  children.add(child)
  child.once('exit', () => children.delete(child))
  child.once('error', () => children.delete(child))
  if (watching) return
  watching = true
  process.once('exit', () => {
    for (const one of children) one.kill('SIGKILL')
  })
}
