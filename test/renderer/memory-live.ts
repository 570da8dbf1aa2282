/** Live capture in memory: two uplinks whose traffic moves from one to the other after three seconds, told as the host tells it. */
import type { CallName, ContractError, EventName } from '../../shared/contract.ts'
import { addPoint, IDLE, type LiveDrops, type LiveFeedEntry, type LivePoint, type LiveSource, type LiveStatus } from '../../shared/live.ts'

type Result = { ok: true; value: unknown } | { ok: false; error: ContractError }

const DROPS: LiveDrops = { kernel: 'unknown', interface: 0, app: 0 }

const SOURCES: LiveSource[] = [
  { backend: 'dumpcap', available: true, best: true, words: 'kernel time stamps, drops of kernel and interface', command: null },
  {
    backend: 'tcpdump',
    available: false,
    best: false,
    words: '/usr/bin/tcpdump: you may not capture with it yet',
    command: 'sudo setcap cap_net_raw,cap_net_admin+eip /usr/bin/tcpdump',
  },
  { backend: 'cap', available: false, best: false, words: 'would need privileges for all of node', command: null },
  { backend: 'ssh', available: true, best: false, words: 'dumpcap or tcpdump on another machine, by your keys', command: null },
  { backend: 'follow', available: true, best: false, words: 'a capture file that another program is writing', command: null },
]

/** `barred`: nothing may capture. `push` tells an event. */
export function memoryLive(push: (event: EventName, value: unknown) => void, grew: (live: boolean) => void, barred = false, left = 0) {
  // of any order, as the notes are found
  const leftovers = Array.from({ length: left }, (_, at) => ({
    file: `/tmp/left-${at}.pcapng`,
    started: 1_700_000_000 + ((at * 7) % left) * 60,
  }))
  let status: LiveStatus = { ...IDLE, leftovers }
  let events: LiveFeedEntry[] = []
  let points: LivePoint[] = []
  let timer: ReturnType<typeof setInterval> | null = null
  let second = 0
  let looks = 0

  const become = (part: Partial<LiveStatus>): LiveStatus => {
    status = { ...status, ...part }
    push('live', status)
    return status
  }
  const tell = (body: Record<string, unknown>): void => {
    const now = Date.now() / 1000
    const entry = { t: now, at: now, ...body, number: events.length + 1 } as LiveFeedEntry
    events.push(entry)
    status = { ...status, events: entry.number }
    push('liveEvent', entry)
  }
  const pass = (): void => {
    second++
    const moved = second > 3
    const rates = (name: string, busy: boolean): [string, number, number] => [name, busy ? 840 : 3, busy ? 1_100_000 : 240]
    const point: LivePoint = {
      t: Date.now() / 1000,
      seconds: 1,
      interfaces: [rates('upA', !moved), rates('upB', moved)],
      paths: [moved ? rates('2001:db8:b:1::10 - 2001:db8:f1:1::80', true) : rates('2001:db8:a:1::10 - 2001:db8:f1:1::80', true)],
    }
    points = addPoint(points, point)
    push('livePoint', point)
    grew(true)
    if (second === 4) {
      tell({ type: 'link', link: { what: 'link-down', interfaceName: 'upA', message: 'upA: carrier lost' } })
      tell({
        type: 'rehoming',
        rehoming: {
          id: 'r1',
          session: 's1',
          headline: 'Moved from upA to upB 37 ms after upA lost its carrier',
          from: { initiator: '2001:db8:a:1::10', responder: '2001:db8:f1:1::80' },
          to: { initiator: '2001:db8:b:1::10', responder: '2001:db8:f1:1::80' },
          trigger: { class: 'link' },
        },
      })
    }
    const lane = (name: string) => ({ name, state: 'running' as const, packets: second * 420, bytes: second * 550_000, drops: DROPS })
    become({
      counts: {
        t: point.t,
        packets: second * 840,
        bytes: second * 1_100_000,
        late: 0,
        reorder: { milliseconds: 300, held: 12 },
        unwritten: 0,
        lag: { seconds: second === 5 ? 1.4 : 0.1, bytes: 20_000 },
        lanes: [lane('upA'), lane('upB')],
      },
    })
  }

  const calls: { [K in CallName]?: (parameters: never) => Result | Promise<Result> } = {
    liveSources: () => ({
      ok: true,
      value: {
        sources: barred
          ? SOURCES.map((one) =>
              one.backend === 'dumpcap' ? { ...SOURCES[1]!, backend: 'dumpcap', words: '/usr/bin/dumpcap: you may not run it' } : one,
            )
          : SOURCES,
        platform: 'linux',
        elevate: barred,
      },
    }),
    liveInterfaces() {
      looks++
      const device = (name: string, addresses: string[], prefixes: string[], state: string, rate: number) => ({
        name,
        description: null,
        state,
        loopback: name === 'lo',
        addresses,
        prefixes,
        mac: name === 'lo' ? null : '02:00:00:00:01:10',
        hardware: name === 'lo' ? null : 'veth, 10000 Mbit/s',
        packets: looks * rate,
        bytes: looks * rate * 900 * (1 + (looks % 3)),
      })
      return {
        ok: true,
        value: {
          t: Date.now() / 1000,
          interfaces: [
            device('upA', ['192.0.2.10/25', '2001:db8:a:1::10/64'], ['default', '192.0.2.0/25', '2001:db8:a:1::/64'], 'up', 30),
            device('upB', ['198.51.100.10/25', '2001:db8:b:1::10/64'], ['default', '198.51.100.0/25', '2001:db8:b:1::/64'], 'up', 4),
            device('lo', ['127.0.0.1/8', '::1/128'], [], 'up', 1),
            device('wwan0', ['10.64.3.9/30'], ['10.64.3.8/30'], 'no carrier', 0),
            device('ifb0', [], [], 'down', 0),
          ],
        },
      }
    },
    liveCheck({ filter }: { filter: string }) {
      if (/prt|and$/.test(filter.trim()))
        return {
          ok: false,
          error: {
            code: 'bad-filter',
            message: "the capture filter is not understood: can't parse filter expression: syntax error",
            hint: 'See pcap-filter(7).',
          },
        }
      return { ok: true, value: { checked: true, words: 'understood: 20 instructions' } }
    },
    liveStart({ interfaces, filter, file }: { interfaces: string[]; filter?: string; file?: string }) {
      if (interfaces.includes('wwan0'))
        return {
          ok: false,
          error: { code: 'no-permission', message: 'wwan0: no permission to capture with dumpcap', hint: 'Allow it once.' },
        }
      events = []
      points = []
      second = 0
      status = { ...IDLE }
      become({ state: 'starting', interfaces })
      become({
        state: 'running',
        backend: 'dumpcap',
        why: 'the best there is',
        clock: 'kernel',
        filter: filter ?? null,
        links: 'netlink',
        started: Date.now() / 1000,
        files: [file ?? '/var/tmp/two-uplinks.pcapng'],
        temporary: file === undefined,
        analysis: 'running',
      })
      tell({ type: 'capture-started', backend: 'dumpcap', interfaces })
      grew(true)
      timer = setInterval(pass, 250)
      return { ok: true, value: status }
    },
    liveStop() {
      if (timer !== null) clearInterval(timer)
      grew(false)
      return { ok: true, value: become({ state: 'stopped', ended: Date.now() / 1000, stopReason: 'asked', analysis: 'off' }) }
    },
    async liveRestart() {
      const { interfaces } = status
      await calls.liveStop!({} as never)
      return calls.liveStart!({ interfaces } as never)
    },
    liveSave({ path }: { path: string }) {
      if (path.includes('exists'))
        return {
          ok: false,
          error: { code: 'bad-request', message: `${path}: exists already`, hint: 'Choose another name: nothing is overwritten.' },
        }
      return { ok: true, value: become({ saved: path }) }
    },
    liveStatus: () => ({ ok: true, value: status }),
    liveFeed: () => ({ ok: true, value: { events } }),
    liveRates: () => ({ ok: true, value: { points } }),
    liveForget: ({ file }: { file: string }) => ({
      ok: true,
      value: become({ leftovers: status.leftovers.filter((one) => one.file !== file) }),
    }),
  }
  return calls
}
