/**
 * What this host knows of an interface that is captured on: what goes into the capture's interface description, whether it is there, what it
 * is called now, and how many packets it dropped. Linux tells it in /sys without privileges; elsewhere what Node tells.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'

export interface InterfaceFacts {
  addresses: string[]
  mac: string | null
  /** driver and speed, as far as the system tells */
  hardware: string | null
  /** the system's number of it, which stays when it is renamed */
  index: number | null
}

export function interfaceFacts(name: string): InterfaceFacts {
  const list = networkInterfaces()[name] ?? []
  const mac = sys(name, 'address') ?? list.find((one) => one.mac !== '00:00:00:00:00:00')?.mac ?? null
  const driver = /^DRIVER=(.*)$/m.exec(sys(name, 'device/uevent') ?? '')?.[1]
  const speed = Number(sys(name, 'speed') ?? -1)
  const parts = [driver, speed > 0 ? `${speed} Mbit/s` : undefined].filter((part) => part !== undefined)
  return {
    addresses: list.map((one) => one.cidr ?? one.address),
    mac: mac === '00:00:00:00:00:00' ? null : mac,
    hardware: parts.length === 0 ? null : parts.join(', '),
    index: systemIndex(name),
  }
}

/** The system's number of an interface; null where it is not there or the system does not tell. */
export function systemIndex(name: string): number | null {
  const text = sys(name, 'ifindex')
  return text === null ? null : Number(text)
}

/** The name that the interface with this number has now. */
export function nameOfIndex(index: number): string | null {
  try {
    for (const name of readdirSync('/sys/class/net')) if (systemIndex(name) === index) return name
  } catch {
    // not Linux
  }
  return null
}

/** Packets that the interface itself dropped since it exists; null where the system does not tell. */
export function interfaceDrops(name: string): number | null {
  const values = ['rx_dropped', 'rx_missed_errors', 'rx_fifo_errors'].map((what) => sys(name, `statistics/${what}`))
  return values.every((value) => value === null) ? null : values.reduce((sum, value) => sum + Number(value ?? 0), 0)
}

function sys(name: string, what: string): string | null {
  if (name.includes('/') || name === '.' || name === '..') return null
  try {
    return readFileSync(`/sys/class/net/${name}/${what}`, 'utf8').trim()
  } catch {
    return null
  }
}
