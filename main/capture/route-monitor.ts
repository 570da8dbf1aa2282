/**
 * What `route -n monitor` of macOS prints, in the words of `ip -ts monitor`, so that one parser reads both: interfaces that go up and down,
 * addresses that come and go, default routes. A message begins with 'got message of size'; names stand in its IFP address, or come with the
 * interface's number. Refuses nothing: what it does not know says nothing. Its own times are whole seconds: the moment of reading is taken.
 */
const MAX_ROWS = 40

interface Message {
  kind: string
  index: number | null
  flags: string[]
  columns: string[]
  cells: string[]
}

export class RouteMonitor {
  private rest = ''
  private rows: string[] = []

  /** `nameOf`: the interface with this number, null when it is not known */
  constructor(private readonly nameOf: (index: number) => string | null) {}

  /** Lines for what is complete in what was printed so far. */
  take(text: string, milliseconds: number): string {
    const lines = (this.rest + text).split('\n')
    this.rest = (lines.pop() ?? '').slice(-4_000)
    let out = ''
    for (const line of lines) {
      if (line.startsWith('got message of size')) {
        out += this.end(milliseconds)
        continue
      }
      if (this.rows.length < MAX_ROWS) this.rows.push(line)
      // an empty line ends a message, so that the last one does not wait for the next
      if (line.trim() === '' && this.rows.some((row) => row.startsWith('RTM_'))) out += this.end(milliseconds)
    }
    return out
  }

  private end(milliseconds: number): string {
    const message = read(this.rows)
    this.rows = []
    const line = message === null ? null : this.words(message)
    return line === null ? '' : `[${new Date(milliseconds).toISOString().slice(0, -1)}000] ${line}\n`
  }

  private words(message: Message): string | null {
    const { kind, flags, index } = message
    const of = (column: string): string | null => message.cells[message.columns.indexOf(column)] || null
    const name = interfaceIn(of('IFP')) ?? (index === null ? null : this.nameOf(index))
    if (kind === 'RTM_IFINFO') {
      if (index === null || name === null) return null
      const running = flags.includes('UP') && flags.includes('RUNNING')
      const known = flags.filter((flag) => /^(UP|BROADCAST|LOOPBACK|MULTICAST)$/.test(flag))
      const carrier = running ? ',LOWER_UP' : flags.includes('UP') ? ',NO-CARRIER' : ''
      return `${index}: ${name}: <${known.join(',')}${carrier}> mtu 1500 state ${running ? 'UP' : 'DOWN'}`
    }
    if (kind === 'RTM_NEWADDR' || kind === 'RTM_DELADDR') {
      const address = of('IFA')?.split('%')[0] ?? null
      if (name === null || address === null || !/^[0-9a-f.:]+$/i.test(address)) return null
      const six = address.includes(':')
      const length = prefixLength(of('NETMASK'), six)
      const scope = /^fe80:/i.test(address) ? 'link' : 'global'
      return `${kind === 'RTM_DELADDR' ? 'Deleted ' : ''}${index ?? 1}: ${name}    ${six ? 'inet6' : 'inet'} ${address}/${length} scope ${scope}`
    }
    if (kind === 'RTM_ADD' || kind === 'RTM_DELETE' || kind === 'RTM_CHANGE') {
      const gateway = of('GATEWAY')?.split('%')[0] ?? null
      const out = name ?? of('GATEWAY')?.split('%')[1] ?? null
      if (of('DST') !== 'default' || gateway === null || out === null || !/^[0-9a-f.:]+$/i.test(gateway)) return null
      return `${kind === 'RTM_DELETE' ? 'Deleted ' : ''}default via ${gateway} dev ${out}`
    }
    return null
  }
}

function read(rows: readonly string[]): Message | null {
  const head = rows.find((row) => row.startsWith('RTM_'))
  const kind = /^(RTM_[A-Z0-9]+):/.exec(head ?? '')?.[1]
  if (head === undefined || kind === undefined) return null
  const index = /if# ?(\d+)/.exec(head)?.[1]
  const at = rows.findIndex((row) => row.startsWith('sockaddrs:'))
  return {
    kind,
    index: index === undefined ? null : Number(index),
    flags: /flags:<([^>]*)>/.exec(head)?.[1]?.split(',') ?? [],
    columns: at < 0 ? [] : (/<([^>]*)>/.exec(rows[at] as string)?.[1]?.split(',') ?? []),
    cells: at < 0 ? [] : (rows[at + 1] ?? '').replace(/^ /, '').split(' '),
  }
}

/** 'en0:a4.83.e7.1.2.3', 'en0' */
function interfaceIn(cell: string | null): string | null {
  const name = cell === null ? null : (/^([a-z]{2,12}\d{1,4})(?::|$)/.exec(cell)?.[1] ?? null)
  return name
}

function prefixLength(mask: string | null, six: boolean): number {
  const most = six ? 128 : 32
  if (mask === null || mask === 'default') return most
  const bits = six
    ? mask.split(':').map((group) => (group === '' ? '' : Number.parseInt(group, 16).toString(2).padStart(16, '0')))
    : mask.split('.').map((part) => Number(part).toString(2).padStart(8, '0'))
  const ones = /^1*/.exec(bits.join(''))?.[0].length ?? 0
  return ones === 0 ? most : Math.min(most, ones)
}
