/**
 * Did the traffic that a script means happen where the capture could see it? Asked of the packets with tshark, never of Rehome: each session of
 * the truth has begun, from an address it is said to have begun with, and each move that a stack had to make is there: the old pair carried
 * the data until the fault, and data followed. A connection that the kernel refused to make, that was made before the capture ran, or whose
 * data a scheduler had spread already, says nothing about what watches it.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

interface Truth {
  sessions: {
    id: string
    protocol: string
    local: string
    start?: number
    end?: number
    locators?: { host: string; address: string; how: string }[]
  }[]
  rehomings: {
    t: number
    session: string
    cause: string
    from?: { local: string; remote: string }
    measured?: { first_data_new_pair: number | null }
  }[]
}

/** s that the clock of a script may be off */
const SLACK = 0.5
/** units of window D (rehoming.md section 3) */
const WINDOW = 20
/** ways of a locator to be there from the first packet on, and the packet that shows it */
const FIRST: Record<string, string> = {
  connect: 'tcp.flags.syn == 1 && tcp.flags.ack == 0',
  MP_CAPABLE: 'tcp.flags.syn == 1 && tcp.flags.ack == 0',
  INIT: 'sctp.chunk_type == 1',
}
const QUIC = 'quic.header_form == 1'
/** causes after which a stack has no choice but to move, or was told to; when it goes back is its own affair */
const FORCED = new Set([
  'link-down',
  'link-down-admin',
  'path-loss',
  'heartbeat-loss',
  'set-primary',
  'admin-prio',
  'address-removed',
  'client-migration',
])

/** Without holding up the other scenarios that run meanwhile. */
async function tshark(capture: string, filter: string, ...fields: string[]): Promise<string[][]> {
  const words = ['-r', capture, '-Y', filter, '-T', 'fields', ...fields.flatMap((name) => ['-e', name])]
  const { stdout } = await promisify(execFile)('tshark', words, { maxBuffer: 1 << 28 })
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]))
}

/** Why not, in words; null: it did. */
export async function unplayed(capture: string, path: string): Promise<string | null> {
  const truth = JSON.parse(readFileSync(path, 'utf8')) as Truth
  for (const { id, protocol, local, start, end, locators = [] } of truth.sessions) {
    const begins = locators.filter(({ host, how }) => host === local && how in FIRST)
    if (begins.length === 0 || start === undefined) continue
    // one INIT lists them all
    const ways = begins.map(({ address, how }) => {
      const version = address.includes(':') ? 'ipv6' : 'ip'
      return `(${version}.src == ${address} && ${protocol === 'quic' ? QUIC : FIRST[how]})`
    })
    const times = (await tshark(capture, ways.join(' || '), 'frame.time_epoch')).map(([time]) => Number(time))
    if (!times.some((time) => time > start - SLACK && time < (end ?? Number.POSITIVE_INFINITY) + SLACK))
      return `no packet in the capture begins session ${id} from ${begins.map(({ address }) => address).join(' or ')}`
  }
  for (const move of truth.rehomings.filter(({ cause }) => FORCED.has(cause))) {
    if (move.measured?.first_data_new_pair === null) return `no data followed the ${move.cause} of session ${move.session}`
    const { all, old } = await carried(capture, move.t, move.from)
    if (old < 0.9 * all)
      return `only ${old} of the last ${all} data packets ran on the old pair before the ${move.cause} of session ${move.session}`
  }
  return null
}

/** The last data packets before `time`, as many as the rule of a move looks at, and those of them between the two addresses. */
async function carried(
  capture: string,
  time: number,
  pair: { local: string; remote: string } | undefined,
): Promise<{ all: number; old: number }> {
  const data = `(tcp.len > 0 || sctp.chunk_type == 0) && frame.time_epoch >= ${time - 2} && frame.time_epoch < ${time}`
  const rows = (await tshark(capture, data, 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst')).slice(-WINDOW)
  const between = (row: string[]): boolean => pair === undefined || (row.includes(pair.local) && row.includes(pair.remote))
  return { all: rows.length, old: rows.filter(between).length }
}
