/**
 * What this machine has to capture with and on, without asking for privileges: programs and whether this user may run them; interfaces with
 * addresses, prefixes, state and counters. Linux tells most of it (/sys, /proc, `ip`); elsewhere what Node tells.
 */
import { execFile, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { promisify } from 'node:util'
import type { LiveDevice, LiveSource } from '../../shared/live.ts'
import { interfaceFacts } from './interfaces.ts'
import { findProgram, howToAllow, howToInstall } from './permissions.ts'
import { capIsBuilt } from './programs.ts'

const run = promisify(execFile)

export interface Ways {
  find: typeof findProgram
  capIsBuilt: () => boolean
  /** may this program, as it is installed, capture for this user? null: not to be known before it is tried */
  mayCapture: (path: string) => boolean | null
  platform: string
}

const HERE: Ways = { find: findProgram, capIsBuilt, mayCapture, platform: process.platform }

/** All ways, the best first; the first local one that is available is `best`. */
export function surveySources(ways: Ways = HERE): LiveSource[] {
  const { platform } = ways
  const local: LiveSource[] = []
  for (const name of ['dumpcap', 'tcpdump'] as const) {
    const found = ways.find(name, process.env)
    const may = found?.executable ? ways.mayCapture(found.path) : false
    const command = found === null ? commandIn(howToInstall(platform)) : may === false ? commandIn(howToAllow(name, platform)) : null
    const good = name === 'dumpcap' ? 'kernel time stamps, drops of kernel and interface' : 'kernel time stamps, drops when it ends'
    const words = found === null ? 'not installed' : may === false ? `${found.path}: you may not capture with it yet` : good
    local.push({ backend: name, available: found?.executable === true && may !== false, best: false, words, command })
  }
  const built = ways.capIsBuilt()
  const root = process.getuid?.() === 0
  local.push({
    backend: 'cap',
    available: built && (root || platform !== 'linux'),
    best: false,
    words: !built
      ? 'the optional package cap is not built'
      : root || platform !== 'linux'
        ? 'user-space time stamps, drops of the kernel unknown'
        : 'would need privileges for all of node',
    command: built ? null : 'npm rebuild cap',
  })
  const best = local.find((source) => source.available)
  if (best !== undefined) best.best = true
  const ssh = ways.find('ssh', process.env)
  return [
    ...local,
    {
      backend: 'ssh',
      available: ssh?.executable === true,
      best: false,
      words: ssh?.executable ? 'dumpcap or tcpdump on another machine, by your keys' : 'the OpenSSH client is not installed',
      command: null,
    },
    { backend: 'follow', available: true, best: false, words: 'a capture file that another program is writing', command: null },
  ]
}

/** The command in a sentence that says 'do this: COMMAND'. */
function commandIn(words: string): string | null {
  const found = /(?:sudo|brew|winget) [^()]*/.exec(words)?.[0]
  return found === undefined ? null : found.replace(/[,.;]? *(?:or tcpdump)?[.]?\s*$/, '').trim()
}

/** Linux: root, or a program that carries the capability; elsewhere it shows when it is tried. */
export function mayCapture(path: string): boolean | null {
  if (process.platform !== 'linux') return null
  if (process.getuid?.() === 0) return true
  try {
    // the attribute itself, as getcap reads it: any capability on a capture program is the one it needs
    return /cap_net_raw/.test(execFileSync('getcap', [path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 2_000 }))
  } catch {
    return null
  }
}

export function canElevate(ways: Ways = HERE): boolean {
  return ways.platform === 'linux' && process.getuid?.() !== 0 && ways.find('pkexec', process.env)?.executable === true
}

// -------------------------------------------------------------------- interfaces

export async function surveyInterfaces(): Promise<LiveDevice[]> {
  const known = networkInterfaces()
  const names = new Set([...systemNames(), ...Object.keys(known)])
  const routes = await directRoutes()
  const devices = [...names].map((name): LiveDevice => {
    const list = known[name] ?? []
    const { addresses, mac, hardware } = interfaceFacts(name)
    const [packets, bytes] = totals(name)
    return {
      name,
      description: read(name, 'ifalias') || null,
      state: stateOf(name, list.length > 0),
      loopback: list.some((entry) => entry.internal) || name === 'lo',
      addresses,
      prefixes: routes.get(name) ?? [],
      mac,
      hardware,
      packets,
      bytes,
    }
  })
  const rank = (one: LiveDevice): number =>
    (one.loopback ? 4 : 0) + (one.state === 'up' ? 0 : 2) + (one.prefixes.includes('default') ? 0 : 1)
  return devices.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1)).slice(0, 500)
}

function systemNames(): string[] {
  try {
    return readdirSync('/sys/class/net').filter((name) => name !== 'bonding_masters')
  } catch {
    return []
  }
}

function read(name: string, what: string): string {
  try {
    return readFileSync(`/sys/class/net/${name}/${what}`, 'utf8').trim()
  } catch {
    return ''
  }
}

function stateOf(name: string, hasAddress: boolean): LiveDevice['state'] {
  const state = read(name, 'operstate')
  if (state === 'up') return 'up'
  if (state === '') return hasAddress ? 'up' : 'unknown'
  const flags = Number.parseInt(read(name, 'flags'), 16)
  // IFF_UP without a carrier: the cable, not the administrator
  if (state === 'down' || state === 'lowerlayerdown') return Number.isInteger(flags) && (flags & 1) !== 0 ? 'no carrier' : 'down'
  return read(name, 'carrier') === '1' ? 'up' : 'unknown'
}

function totals(name: string): [number | null, number | null] {
  const sum = (...what: string[]): number | null => {
    const values = what.map((one) => read(name, `statistics/${one}`))
    return values.some((value) => value === '') ? null : values.reduce((all, value) => all + Number(value), 0)
  }
  return [sum('rx_packets', 'tx_packets'), sum('rx_bytes', 'tx_bytes')]
}

/** By interface: networks that are on its link, and 'default' when it leads out. */
async function directRoutes(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  if (process.platform !== 'linux') return found
  for (const family of ['-4', '-6']) {
    try {
      const { stdout } = await run('ip', ['-j', family, 'route', 'show', 'table', 'all'], { timeout: 2_000, maxBuffer: 4 << 20 })
      for (const route of JSON.parse(stdout) as { dst?: string; dev?: string; scope?: string; type?: string; gateway?: string }[]) {
        const { dst, dev, type, gateway } = route
        if (dst === undefined || dev === undefined || (type !== undefined && type !== 'unicast')) continue
        if (dst !== 'default' && (gateway !== undefined || dst.startsWith('fe80:') || dst.startsWith('ff00:'))) continue
        const list = found.get(dev) ?? []
        if (!list.includes(dst) && list.length < 16) list.push(dst)
        found.set(dev, list)
      }
    } catch {
      // no `ip`: prefixes stay unknown
    }
  }
  return found
}
