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
/** ways of a locator to be there from the first packet on */
const FIRST = new Set(['connect', 'MP_CAPABLE', 'INIT'])
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

interface Seen {
  time: number
  from: string[]
  to: string[]
  syn: boolean
  init: boolean
  longHeader: boolean
  data: boolean
}

const FIELDS = [
  'frame.time_epoch',
  'ip.src',
  'ipv6.src',
  'ip.dst',
  'ipv6.dst',
  'tcp.flags',
  'tcp.len',
  'sctp.chunk_type',
  'quic.header_form',
]
const SYN = 0x02
const ACK = 0x10

/** All packets, read once, and without holding up the scenarios that run meanwhile. */
async function packets(capture: string): Promise<Seen[]> {
  const words = ['-n', '-r', capture, '-T', 'fields', ...FIELDS.flatMap((name) => ['-e', name])]
  const { stdout } = await promisify(execFile)('tshark', words, { maxBuffer: 1 << 28 })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      // a packet may quote another: each field has as many values
      const [time, ip, ipv6, toIp, toIpv6, flags, lengths, chunks, forms] = line.split('\t').map((cell) => cell.split(','))
      return {
        time: Number(time?.[0]),
        from: [...(ip ?? []), ...(ipv6 ?? [])],
        to: [...(toIp ?? []), ...(toIpv6 ?? [])],
        syn: flags?.some((value) => (Number(value) & (SYN | ACK)) === SYN) === true,
        init: chunks?.includes('1') === true,
        longHeader: forms?.some((value) => value === '1' || value === 'True') === true,
        data: lengths?.some((value) => Number(value) > 0) === true || chunks?.includes('0') === true,
      }
    })
}

/** Why not, in words; null: it did. */
export async function unplayed(capture: string, path: string): Promise<string | null> {
  const truth = JSON.parse(readFileSync(path, 'utf8')) as Truth
  const seen = await packets(capture)
  for (const { id, protocol, local, start, end, locators = [] } of truth.sessions) {
    const begins = locators.filter(({ host, how }) => host === local && FIRST.has(how))
    if (begins.length === 0 || start === undefined) continue
    const until = (end ?? Number.POSITIVE_INFINITY) + SLACK
    // one INIT lists them all
    const begun = begins.some(({ address, how }) =>
      seen.some(
        ({ time, from, syn, init, longHeader }) =>
          time > start - SLACK &&
          time < until &&
          from.includes(address) &&
          (protocol === 'quic' ? longHeader : how === 'INIT' ? init : syn),
      ),
    )
    if (!begun) return `no packet in the capture begins session ${id} from ${begins.map(({ address }) => address).join(' or ')}`
  }
  for (const move of truth.rehomings.filter(({ cause }) => FORCED.has(cause))) {
    if (move.measured?.first_data_new_pair === null) return `no data followed the ${move.cause} of session ${move.session}`
    const { all, old } = carried(seen, move.t, move.from)
    if (old < 0.9 * all)
      return `only ${old} of the last ${all} data packets ran on the old pair before the ${move.cause} of session ${move.session}`
  }
  return null
}

/** The last data packets before `time`, as many as the rule of a move looks at, and those of them between the two addresses. */
function carried(seen: readonly Seen[], time: number, pair: { local: string; remote: string } | undefined): { all: number; old: number } {
  const last = seen.filter((packet) => packet.data && packet.time >= time - 2 && packet.time < time).slice(-WINDOW)
  const old = last.filter(({ from, to }) => {
    const ends = [...from, ...to]
    return pair === undefined || (ends.includes(pair.local) && ends.includes(pair.remote))
  })
  return { all: last.length, old: old.length }
}
