/**
 * The contract in memory over a made-up capture: what the screens are developed and tested against.
 * Knows a few filters (none, one session, a protocol) and refuses the others with a position, as the engine does.
 */

import { alwaysOpen, type ScreenClient } from '../../renderer/transport/client.ts'
import type { Answers, CallName, ContractError, EventName, Events, PacketRow, SessionSummary, Status } from '../../shared/contract.ts'
import { worseFirst } from '../../shared/severity.ts'
import type { SiteFile } from '../../shared/site.ts'
import { framesOf, LENGTH, makeWorld, ORIGIN, packet, QUIET, report, row, slice, summary, type World } from './made-up-capture.ts'
import { FURTHER_FINDINGS, hostsAnswer, limitsAnswer, QUESTIONNAIRE, relatedOf, siteWith } from './made-up-cards.ts'
import { memoryLive } from './memory-live.ts'

const FIELDS = [
  ['mptcp', 'protocol', 'Multipath TCP'],
  ['mh.session', 'string', 'Session'],
  ['mh.rehoming', 'string', 'Rehoming decided by this packet'],
  ['sctp', 'protocol', 'Stream Control Transmission Protocol'],
  ['sctp.chunk_type', 'uint8', 'Chunk type'],
  ['sctp.data_tsn', 'uint32', 'Transmission sequence number'],
  ['sctp.srcport', 'uint16', 'Source port'],
  ['tcp', 'protocol', 'Transmission Control Protocol'],
  ['tcp.flags.syn', 'boolean', 'SYN'],
  ['tcp.options.mptcp.subtype', 'uint8', 'Multipath TCP subtype'],
  ['tcp.options.mptcp.rawdataseqno', 'uint64', 'Data sequence number'],
  ['tcp.port', 'uint16', 'Source or destination port'],
] as const

type Result = { ok: true; value: unknown } | { ok: false; error: ContractError }

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

export interface MemoryOptions {
  packets?: number
  /** ms until an answer */
  delay?: number
  warnings?: string[]
  /** 'empty': nothing open until `open`; 'ready': a capture is there at once */
  start?: 'empty' | 'ready'
  /** ms that opening takes */
  opening?: number
  /** nothing may capture here */
  barred?: boolean
  /** so many captures were left behind */
  left?: number
}

export interface MemoryClient extends ScreenClient {
  calls: { call: CallName; parameters: Record<string, unknown> }[]
}

const refuse = (code: ContractError['code'], message: string, hint: string, position?: number): Result => ({
  ok: false,
  error: { code, message, hint, ...(position === undefined ? {} : { position }) },
})

export function memoryClient(options: MemoryOptions = {}): MemoryClient {
  const world: World = makeWorld(options.packets ?? 5_000_000)
  world.findings.push(...FURTHER_FINDINGS)
  let given: SiteFile | null = null
  let run = 1
  const listeners = new Map<EventName, Set<(value: never) => void>>()
  const calls: MemoryClient['calls'] = []
  let cancelled = false
  let capturing = false
  let progress = options.start === 'empty' ? -1 : 1
  const bytesTotal = world.total * 830

  /** as many sessions as there have been packets for */
  const known = () => world.sessions.slice(0, Math.ceil(Math.max(0, progress) * world.sessions.length))

  function status(): Status {
    const state = capturing ? 'live' : progress < 0 ? 'empty' : cancelled ? 'cancelled' : progress < 1 ? 'opening' : 'ready'
    const ready = state === 'ready'
    return {
      state,
      path: progress < 0 ? null : '/var/tmp/two-uplinks.pcapng',
      name: progress < 0 ? null : 'two-uplinks.pcapng',
      bytesRead: Math.max(0, progress) * bytesTotal,
      bytesTotal: progress < 0 ? 0 : bytesTotal,
      packets: Math.round(Math.max(0, progress) * world.total),
      error: null,
      warnings: ready ? (options.warnings ?? []) : [],
      capture: ready
        ? {
            path: '/var/tmp/two-uplinks.pcapng',
            format: 'pcapng',
            packets: world.total,
            bytes: bytesTotal,
            start: ORIGIN,
            end: ORIGIN + LENGTH,
            interfaces: [
              { id: 0, name: 'upA', linkType: 'Ethernet', packets: Math.round(world.total * 0.6), dropped: 0 },
              { id: 1, name: 'upB', linkType: 'Ethernet', packets: Math.round(world.total * 0.4), dropped: null },
            ],
            truncated: (options.warnings?.length ?? 0) > 0,
            malformedPackets: Math.floor(world.total / 1009),
          }
        : null,
      start: ORIGIN,
      end: ORIGIN + LENGTH,
      sessions: known().length,
      rehomings: ready ? 3 : 0,
      findings: ready ? world.findings : [],
      run,
      version: '0.1.0',
    }
  }

  function push(event: EventName): void {
    for (const listener of listeners.get(event) ?? []) listener(status() as never)
  }

  async function read(): Promise<void> {
    progress = 0
    cancelled = false
    const steps = 20
    for (let step = 1; step <= steps; step++) {
      await wait((options.opening ?? 600) / steps)
      if (cancelled) return
      progress = step / steps
      push(step === steps ? 'ready' : 'progress')
    }
  }

  function judge(text: string): { session: string | null; count: number } | ContractError {
    const only = /mh\.session == "(s\d+)"/.exec(text)
    const bad = /[=!<>]=?\s*$/.exec(text)
    if (bad)
      return { code: 'bad-filter', message: 'a value is missing after the comparison', hint: 'e.g. tcp.port == 443', position: text.length }
    const word = /[A-Za-z][\w.]*/g
    for (let match = word.exec(text); match; match = word.exec(text)) {
      const quoted = text.slice(0, match.index).split('"').length % 2 === 0
      if (quoted || ['and', 'or', 'not', 'contains', 'in'].includes(match[0]) || FIELDS.some(([name]) => name === match![0])) continue
      if (/(==|!=)\s*$/.test(text.slice(0, match.index))) continue
      return {
        code: 'bad-filter',
        message: `"${match[0]}" is not a field or protocol`,
        hint: 'Field names are offered while you type.',
        position: match.index,
      }
    }
    return { session: only?.[1] ?? (/\bsctp\b/.test(text) ? 's2' : /\bmptcp\b/.test(text) ? 's1' : null), count: 0 }
  }

  const lineOf = (made: World['sessions'][number]): SessionSummary => {
    const about = world.findings.filter(({ session }) => session === made.id)
    const worst = about.map(({ severity }) => severity).sort(worseFirst)[0]
    return { ...summary(made), parent: null, carries: false, findings: worst === undefined ? null : { count: about.length, worst } }
  }

  const filters = new Map<string, { session: string | null; count: number }>()
  let nextFilter = 1
  let saved = { packets: 0, written: 0 }
  let received = 0

  const live = memoryLive(
    (event, value) => {
      for (const listener of listeners.get(event) ?? []) listener(value as never)
    },
    (running) => {
      capturing = running
      progress = 1
      push(running ? 'progress' : 'ready')
    },
    options.barred,
    options.left,
  )
  const serve: { [K in CallName]?: (parameters: never) => Result | Promise<Result> } = {
    ...live,
    open({ path }: { path: string }) {
      if (path.includes('missing'))
        return refuse('not-found', `${path} does not exist.`, 'Check the path; it is read on the machine that runs Rehome.')
      if (path.includes('notes'))
        return refuse(
          'not-a-capture',
          `${path} is no capture: it begins with 23 20 4e 6f at byte 0.`,
          'Rehome opens pcap and pcapng files.',
        )
      void read()
      return { ok: true, value: status() }
    },
    upload({ offset, base64, last }: { offset: number; base64: string; last: boolean }) {
      received = offset + atob(base64).length
      if (!last) return { ok: true, value: { received, status: null } }
      void read()
      return { ok: true, value: { received, status: status() } }
    },
    cancel() {
      cancelled = progress < 1
      return { ok: true, value: status() }
    },
    status: () => ({ ok: true, value: status() }),
    sessions({ offset = 0, limit = 500, text }: { offset?: number; limit?: number; text?: string }) {
      const wish = text?.toLowerCase()
      const list = wish
        ? known().filter((made) => `${made.protocol} ${made.title} ${made.labels.join(' ')}`.toLowerCase().includes(wish))
        : known()
      return { ok: true, value: { total: list.length, sessions: list.slice(offset, offset + limit).map(lineOf) } }
    },
    session({ id }: { id: string }) {
      const made = world.sessions.find((entry) => entry.id === id)
      if (!made) return refuse('not-found', `There is no session ${id}.`, 'Choose one from the list.')
      return {
        ok: true,
        value: {
          session: { ...report(world, made), questionnaire: QUESTIONNAIRE },
          rehomings: made.rehomings,
          findings: world.findings.filter((entry) => entry.session === id),
          related: relatedOf(made),
        },
      }
    },
    hosts: () => ({ ok: true, value: hostsAnswer() }),
    limits: () => ({ ok: true, value: limitsAnswer() }),
    network: () => ({ ok: true, value: { events: [], more: 0 } }),
    site: () => ({ ok: true, value: { interfaces: siteWith(given), given } }),
    setSite({ site }: { site: SiteFile | null }) {
      if (site?.interfaces.some(({ name }) => name === 'upC'))
        return refuse('bad-request', "setSite: site.interfaces.0.name: 'upC' is not wanted", 'Send another.')
      given = site
      run++
      void read()
      return { ok: true, value: status() }
    },
    timeline({ session, from, to, width }: { session: string; from: number; to: number; width: number }) {
      const made = world.sessions.find((entry) => entry.id === session)
      return made ? { ok: true, value: slice(world, made, from, to, width) } : refuse('not-found', 'No such session.', '')
    },
    filter({ text, check }: { text: string; check?: boolean }) {
      const verdict = judge(text)
      if ('code' in verdict) return { ok: false, error: verdict }
      if (check) return { ok: true, value: { id: '', count: 0, milliseconds: 0 } }
      const id = `f${nextFilter++}`
      // over what has been read so far
      const count = Math.floor(framesOf(world, verdict.session).count * Math.max(0, progress))
      filters.set(id, { session: verdict.session, count })
      return { ok: true, value: { id, count, milliseconds: 12.4 } }
    },
    rows({ filter = null, from, count, columns }: { filter?: string | null; from: number; count: number; columns?: string[] }) {
      const frames = framesOf(world, filter === null ? null : (filters.get(filter)?.session ?? null))
      const total = filter === null ? status().packets : (filters.get(filter)?.count ?? frames.count)
      const size = Math.max(0, Math.min(count, total - from))
      const rows = Array.from({ length: size }, (_, at) => row(world, from + at, frames.frame(from + at)))
      const withValues = (one: PacketRow): PacketRow => ({
        ...one,
        values: columns?.map((name) => ({ text: `${name.split('.').at(-1)} ${one.frame}`, filter: `${name} == ${one.frame}` })),
      })
      return { ok: true, value: { total, rows: columns === undefined ? rows : rows.map(withValues) } }
    },
    find({ filter = null, frame }: { filter?: string | null; frame: number }) {
      if (frame > world.total) return refuse('not-found', `There is no frame ${frame}; the last is ${world.total}.`, '')
      return { ok: true, value: { index: framesOf(world, filter === null ? null : (filters.get(filter)?.session ?? null)).index(frame) } }
    },
    saveBegin({ filter, frames, check, format }: { filter?: string | null; frames?: string; check?: boolean; format: string }) {
      if (frames === 'bad') return refuse('bad-request', "'bad' is no frame and no range of frames", 'Write frames as 1-100, 250, 400-.')
      const packets = frames !== undefined ? 10 : filter == null ? world.total : (filters.get(filter)?.count ?? 0)
      saved = { packets, written: 0 }
      return { ok: true, value: { id: check ? '' : 'w1', fileName: `two-uplinks.${format}`, packets, bytes: packets * 830, secrets: 0 } }
    },
    savePart() {
      // ten pieces a file
      saved.written = Math.min(saved.packets, saved.written + Math.ceil(saved.packets / 10))
      const done = saved.written === saved.packets
      return { ok: true, value: { written: saved.written, unreadable: 0, bytes: saved.written * 830, done, base64: btoa('piece ') } }
    },
    saveCancel: () => ({ ok: true, value: {} }),
    packet: ({ frame }: { frame: number }) => ({ ok: true, value: packet(world, frame) }),
    fields({ prefix = '', limit = 50 }: { prefix?: string; limit?: number }) {
      const fields = FIELDS.filter(([name]) => name.startsWith(prefix)).slice(0, limit)
      return { ok: true, value: { fields: fields.map(([name, type, label]) => ({ name, type, label })) } }
    },
    exportSession({ session, format }: { session: string; format: string }) {
      return {
        ok: true,
        value: { fileName: `${session}.${format}`, mediaType: 'application/octet-stream', base64: btoa(`${session} as ${format}`) },
      }
    },
  }

  return {
    platform: 'memory',
    connection: alwaysOpen,
    calls,
    async send(call, parameters) {
      calls.push({ call, parameters: parameters as Record<string, unknown> })
      await wait(options.delay ?? 3)
      return (await serve[call]!(parameters as never)) as { ok: true; value: Answers[typeof call] } | { ok: false; error: ContractError }
    },
    on<E extends EventName>(event: E, listener: (value: Events[E]) => void) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set)
      set.add(listener as (value: never) => void)
      return () => set.delete(listener as (value: never) => void)
    },
  }
}

export const SESSIONS = 4 + QUIET
