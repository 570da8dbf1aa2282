/** `rehome interfaces`: what this machine has to capture on, as far as the system tells without privileges. */
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { paintFor, toStdout } from '../output.ts'

interface InterfaceFacts {
  name: string
  state: string
  mac: string | null
  loopback: boolean
  addresses: string[]
}

export async function interfaces(options: { json?: boolean }): Promise<void> {
  const facts: InterfaceFacts[] = Object.entries(networkInterfaces()).map(([name, list = []]) => ({
    name,
    state: stateOf(name),
    mac: list.find((entry) => entry.mac !== '00:00:00:00:00:00')?.mac ?? null,
    loopback: list.some((entry) => entry.internal),
    addresses: list.map((entry) => entry.cidr ?? entry.address),
  }))
  const out = toStdout()
  const paint = paintFor(process.stdout)
  if (options.json === true) out.write(`${JSON.stringify(facts, null, 1)}\n`)
  else {
    const width = Math.max(4, ...facts.map((entry) => entry.name.length))
    out.write(`${paint.bold(`${'NAME'.padEnd(width)}  STATE    ADDRESSES`)}\n`)
    for (const entry of facts) out.write(`${entry.name.padEnd(width)}  ${entry.state.padEnd(7)}  ${entry.addresses.join(' ')}\n`)
  }
  await out.end()
}

/** Node lists interfaces that are up and have an address; Linux tells the link's state besides. */
function stateOf(name: string): string {
  try {
    const state = readFileSync(`/sys/class/net/${encodeURIComponent(name)}/operstate`, 'utf8').trim()
    return state === 'unknown' ? 'up' : state
  } catch {
    return 'up'
  }
}
