/**
 * Did the traffic that a script means happen where the capture could see it? Asked of the packets with tshark, never of Rehome: each session of
 * the truth has begun, from an address it is said to have begun with, and data followed each move that a stack had to make. A connection that the kernel refused
 * to make, or that was made before the capture ran, says nothing about what watches it.
 */
import { readFileSync } from 'node:fs'
import { tshark } from './stage.ts'

interface Truth {
  sessions: {
    id: string
    protocol: string
    local: string
    start?: number
    end?: number
    locators?: { host: string; address: string; how: string }[]
  }[]
  rehomings: { session: string; cause: string; measured?: { first_data_new_pair: number | null } }[]
}

/** s that the clock of a script may be off */
const SLACK = 0.5
/** ways of a locator to be there from the first packet on, and the packet that shows it */
const FIRST: Record<string, string> = {
  connect: 'tcp.flags.syn == 1 && tcp.flags.ack == 0',
  MP_CAPABLE: 'tcp.flags.syn == 1 && tcp.flags.ack == 0',
  INIT: 'sctp.chunk_type == 1',
}
/** causes after which a stack has no choice but to move; when it goes back is its own affair */
const FORCED = new Set(['link-down', 'link-down-admin', 'path-loss', 'heartbeat-loss', 'set-primary', 'admin-prio', 'address-removed'])

/** Why not, in words; null: it did. */
export function unplayed(capture: string, path: string): string | null {
  const truth = JSON.parse(readFileSync(path, 'utf8')) as Truth
  for (const { id, local, start, end, locators = [] } of truth.sessions) {
    const begins = locators.filter(({ host, how }) => host === local && how in FIRST)
    if (begins.length === 0 || start === undefined) continue
    // one INIT lists them all
    const begun = begins.some(({ address, how }) => {
      const version = address.includes(':') ? 'ipv6' : 'ip'
      const times = tshark(capture, `${version}.src == ${address} && ${FIRST[how]}`, 'frame.time_epoch').map(([time]) => Number(time))
      return times.some((time) => time > start - SLACK && time < (end ?? Number.POSITIVE_INFINITY) + SLACK)
    })
    if (!begun) return `no packet in the capture begins session ${id} from ${begins.map(({ address }) => address).join(' or ')}`
  }
  const still = truth.rehomings.find(({ cause, measured }) => FORCED.has(cause) && measured?.first_data_new_pair === null)
  return still === undefined ? null : `no data followed the ${still.cause} of session ${still.session}`
}
