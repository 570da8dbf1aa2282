/**
 * Watches links, addresses, routes and rules of this host while a capture runs. Linux: `ip -ts monitor`, whose lines are handed on as they
 * are. macOS: `route -n monitor`, in the same words. Elsewhere, and on macOS besides, the interfaces are asked every second, and what changed
 * is told in these words, too, so that one parser reads all of it.
 * Times are UTC, as the log's are. A watch that ends is started again, and says so. Cost: nothing while nothing changes.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { endWithUs } from './children.ts'
import { findProgram } from './permissions.ts'
import { RouteMonitor } from './route-monitor.ts'

export interface LinkWatch {
  readonly how: 'netlink' | 'route monitor' | 'polling'
  /** resolves when nothing is missed from then on; absent: from the first moment */
  readonly ready?: Promise<void>
  stop(): Promise<void>
}

export interface LinkWatchSink {
  /** whole lines, each ended */
  lines(text: string): void
  problem(message: string): void
}

const POLL_MILLISECONDS = 1_000
const RESTARTS = 5
/** how long `ip monitor` may take to listen, and between two looks */
const LISTEN_MILLISECONDS = 5_000
const LOOK_MILLISECONDS = 10

export function watchLinks(sink: LinkWatchSink): LinkWatch {
  const { platform } = process
  const program = platform === 'linux' ? findProgram('ip') : platform === 'darwin' ? findProgram('route') : null
  if (program?.executable !== true) return pollInterfaces(sink)
  return platform === 'linux' ? watchNetlink(program.path, sink) : watchRoutes(program.path, sink)
}

/** Carriers that go without a message take their addresses along: the interfaces are asked as well. */
export function watchRoutes(path: string, sink: LinkWatchSink, look: () => Interfaces = networkInterfaces): LinkWatch {
  const monitor = new RouteMonitor((index) => nameByScope(look(), index))
  const told: LinkWatchSink = {
    lines(text) {
      const lines = monitor.take(text, Date.now())
      if (lines !== '') sink.lines(lines)
    },
    problem: (message) => sink.problem(message),
  }
  const watch = watchProgram(path, ['-n', 'monitor'], told)
  const polling = pollInterfaces(sink, look)
  return {
    how: 'route monitor',
    async stop() {
      await polling.stop()
      await watch.stop()
    },
  }
}

/** The scope of a link-local address is its interface's number. */
function nameByScope(interfaces: Interfaces, index: number): string | null {
  for (const [name, list] of Object.entries(interfaces))
    if (list?.some((one) => one.family === 'IPv6' && one.scopeid === index)) return name
  return null
}

export function watchNetlink(path: string, sink: LinkWatchSink): LinkWatch {
  const { pid, stop } = watchProgram(path, ['-ts', 'monitor', 'link', 'address', 'route', 'neigh', 'rule'], sink)
  return { how: 'netlink', ready: pid === undefined ? undefined : listening(pid), stop }
}

/** It says nothing when it begins to listen; its netlink socket, which is in groups then, does. */
async function listening(pid: number): Promise<void> {
  const until = performance.now() + LISTEN_MILLISECONDS
  const socket = new RegExp(`^\\S+ +0 +${pid} +(?!0+ )[0-9a-f]+ `, 'm')
  while (performance.now() < until) {
    try {
      if (socket.test(readFileSync(`/proc/${pid}/net/netlink`, 'utf8'))) return
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
  }
}

/** A program that prints lines as long as it runs; started again when it ends. */
function watchProgram(path: string, args: string[], sink: LinkWatchSink): { pid: number | undefined; stop(): Promise<void> } {
  let child: ChildProcess | null = null
  let stopping = false
  let restarts = 0
  let gone: Promise<void> = Promise.resolve()
  const start = (): void => {
    const started = spawn(path, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
      detached: true,
    })
    child = started
    endWithUs(started)
    let rest = ''
    started.stdout?.on('data', (piece: Buffer) => {
      const text = rest + piece.toString('utf8')
      const end = text.lastIndexOf('\n') + 1
      rest = text.slice(end).slice(-8_192)
      if (end > 0) sink.lines(text.slice(0, end))
    })
    gone = new Promise((resolve) => {
      const end = (why: string): void => {
        if (child === started && !stopping) {
          sink.problem(
            `the link watch ended (${why}): link events are missing from here on${restarts < RESTARTS ? ' until it is back' : ''}`,
          )
          if (restarts++ < RESTARTS) setTimeout(() => !stopping && start(), 1_000).unref()
        }
        if (child === started) child = null
        resolve()
      }
      started.on('error', (error) => end(error.message))
      started.on('close', (code, signal) => end(signal ?? `code ${code}`))
    })
  }
  start()
  return {
    pid: (child as ChildProcess | null)?.pid,
    async stop() {
      stopping = true
      child?.kill('SIGTERM')
      await gone
    },
  }
}

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

/** For systems without netlink. Node lists the interfaces that are up and have an address. */
export function pollInterfaces(
  sink: LinkWatchSink,
  look: () => Interfaces = networkInterfaces,
  milliseconds = POLL_MILLISECONDS,
): LinkWatch {
  let before = look()
  const timer = setInterval(() => {
    const now = look()
    const text = interfaceChanges(before, now, Date.now())
    before = now
    if (text !== '') sink.lines(text)
  }, milliseconds)
  timer.unref()
  return {
    how: 'polling',
    async stop() {
      clearInterval(timer)
    },
  }
}

/** What changed between two looks, in the words of `ip -ts monitor`. */
export function interfaceChanges(before: Interfaces, now: Interfaces, milliseconds: number): string {
  const stamp = `[${new Date(milliseconds).toISOString().slice(0, -1)}000] `
  const lines: string[] = []
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  for (const [at, name] of names.entries()) {
    const plain = name.replace(/[\s:@]/g, '_').slice(0, 64)
    const was = before[name]
    const is = now[name]
    const key = (one: NetworkInterfaceInfo): string => one.cidr ?? one.address
    if (was !== undefined && is === undefined) lines.push(`${stamp}${at + 1}: ${plain}: <BROADCAST,MULTICAST,UP> mtu 1500 state DOWN`)
    for (const one of was ?? [])
      if (!(is ?? []).some((other) => key(other) === key(one)))
        lines.push(`${stamp}Deleted ${at + 1}: ${plain}    ${one.family === 'IPv6' ? 'inet6' : 'inet'} ${key(one)} scope global`)
    // Node names an interface only while it works: that it is there means that it came up.
    if (was === undefined && is !== undefined) {
      lines.push(`${stamp}${at + 1}: ${plain}: <BROADCAST,MULTICAST,UP> mtu 1500 state DOWN`)
      lines.push(`${stamp}${at + 1}: ${plain}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP`)
    }
    for (const one of is ?? [])
      if (!(was ?? []).some((other) => key(other) === key(one)))
        lines.push(`${stamp}${at + 1}: ${plain}    ${one.family === 'IPv6' ? 'inet6' : 'inet'} ${key(one)} scope global`)
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}
