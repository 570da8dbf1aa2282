/** One table of calls over the transports of the engine: what a caller may send, and what is answered, never thrown. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningEngine, startEngine, workerEntry } from '../../main/engine/client.ts'
import { inProcessEngine } from '../../main/engine/in-process.ts'
import { build } from '../../scripts/build.mjs'
import type { CallName, EngineClient, Status } from '../../shared/contract.ts'

const SAMPLE = join(import.meta.dirname, '../../main/samples/mptcp-failover.pcapng')
const NETLINK = SAMPLE.replace('.pcapng', '.netlink.txt')
const PACKETS = 1621

type AnyClient = EngineClient & { close(): Promise<void> }
/** Sends whatever a hostile window may send. */
const raw = (client: EngineClient, call: unknown, parameters: unknown) => client.send(call as CallName, parameters as never)

const value = async <K extends CallName>(client: EngineClient, call: K, parameters: Parameters<typeof client.send<K>>[1]) => {
  const result = await client.send(call, parameters)
  if (!result.ok) throw new Error(`${call}: ${result.error.message}`)
  return result.value
}

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rehome-contract-'))
  await build({ names: ['node'], quiet: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each([
  ['in process', (): AnyClient => inProcessEngine()],
  ['worker thread', (): AnyClient => startEngine(workerEntry())],
])('the contract, %s', (_name, make) => {
  let client: AnyClient
  const opened = async (): Promise<Status> => {
    const ready = new Promise<Status>((resolve) => {
      const off = client.on('ready', (status) => {
        if (status.state === 'cancelled') return
        off()
        resolve(status)
      })
    })
    await value(client, 'open', { path: SAMPLE, netlink: NETLINK })
    return ready
  }

  beforeAll(() => {
    client = make()
  })
  afterAll(() => client.close())

  it('refuses what is no call, in words', async () => {
    const table: [unknown, unknown, RegExp][] = [
      ['nothing', {}, /no call 'nothing'/],
      [42, {}, /the call has no name/],
      ['constructor', {}, /no call 'constructor'/],
      ['__proto__', {}, /no call '__proto__'/],
      ['open', {}, /open: path/],
      ['open', { path: 7 }, /open: path/],
      ['open', { path: SAMPLE, extra: 1 }, /open: .*extra/],
      ['rows', { from: -1, count: 10 }, /rows: from/],
      ['rows', { from: 0, count: 501 }, /rows: count/],
      ['rows', 'all', /rows: /],
      ['rows', [], /rows: /],
      ['rows', { from: 0, count: 1, columns: new Array(17).fill('tcp.seq') }, /rows: columns/],
      ['packet', { frame: 1.5 }, /packet: frame/],
      ['saveBegin', {}, /saveBegin: format/],
      ['saveBegin', { format: 'cap' }, /saveBegin: format/],
      ['saveBegin', { format: 'pcap', path: '' }, /saveBegin: path/],
      ['savePart', { id: 7 }, /savePart: id/],
      ['upload', { name: 'x', id: 'NO', offset: 0, base64: '', last: false }, /upload: id/],
      ['timeline', { session: 's1', from: 0, to: 1, width: 1e9 }, /timeline: width/],
      ['setSite', {}, /setSite: site/],
      ['setSite', { site: { interfaces: [{ name: 'upA', prefixes: ['2001:db8::/129'] }] } }, /'2001:db8::\/129' is no prefix/],
      ['setSite', { site: { interfaces: [{ name: 'upA', filterMode: 'sometimes' }] } }, /setSite: site.interfaces.0.filterMode/],
      ['setSite', { site: { interfaces: new Array(257).fill({ name: 'x' }) } }, /setSite: site.interfaces/],
      ['open', { path: SAMPLE, profiles: new Array(17).fill('noid') }, /open: profiles/],
    ]
    for (const [call, parameters, words] of table) {
      const result = await raw(client, call, parameters)
      expect(result, JSON.stringify([call, parameters])).toMatchObject({
        ok: false,
        error: { code: 'bad-request', message: expect.stringMatching(words), hint: expect.stringMatching(/\S/) },
      })
    }
  })

  it('says that nothing is open before anything is', async () => {
    expect(await value(client, 'status', {})).toMatchObject({ state: 'empty', packets: 0, capture: null })
    for (const [call, parameters] of [
      ['sessions', {}],
      ['session', { id: 's1' }],
      ['hosts', {}],
      ['limits', {}],
      ['network', {}],
      ['site', {}],
      ['setSite', { site: null }],
      ['rows', { from: 0, count: 1 }],
      ['find', { frame: 1 }],
      ['packet', { frame: 1 }],
      ['timeline', { session: 's1', from: 0, to: 1, width: 100 }],
      ['exportSession', { session: 's1', format: 'json' }],
      ['saveBegin', { format: 'pcapng' }],
      ['filter', { text: 'tcp' }],
    ] as const)
      expect(await raw(client, call, parameters), call).toMatchObject({
        ok: false,
        error: { code: 'not-found', message: 'no capture is open' },
      })
  })

  it('answers files that are none, and is ready for the next', async () => {
    const empty = join(folder, 'empty.pcap')
    const text = join(folder, 'notes.txt')
    writeFileSync(empty, '')
    writeFileSync(text, 'dear diary, today the uplink failed again\n')
    for (const [path, code, words] of [
      [join(folder, 'missing.pcap'), 'not-found', /missing\.pcap/],
      [folder, 'unreadable', /folder|directory/i],
      [empty, 'not-a-capture', /empty/],
      [text, 'not-a-capture', /notes\.txt/],
    ] as const) {
      expect(await client.send('open', { path }), path).toMatchObject({ ok: false, error: { code, message: expect.stringMatching(words) } })
      expect(await value(client, 'status', {})).toMatchObject({ state: 'failed', error: { code } })
    }
    expect(await client.send('open', { path: SAMPLE, netlink: join(folder, 'none.txt') })).toMatchObject({
      ok: false,
      error: { code: 'not-found' },
    })
  })

  it('opens a capture and answers every question about it', async () => {
    const status = await opened()
    expect(status).toMatchObject({
      state: 'ready',
      name: 'mptcp-failover.pcapng',
      packets: PACKETS,
      error: null,
      capture: { packets: PACKETS, truncated: false },
    })
    expect(status.end! - status.start!).toBeGreaterThan(10)

    const { total, sessions } = await value(client, 'sessions', {})
    expect([total, sessions.length]).toEqual([status.sessions, status.sessions])
    const worst = sessions[0]!
    expect(worst).toMatchObject({ protocol: expect.stringMatching(/mptcp/i), pairs: 2 })
    expect(worst.strip.length).toBeGreaterThan(1)
    for (const [from, to, pair] of worst.strip) expect(from < to && pair >= 0 && pair < worst.pairs).toBe(true)
    expect((await value(client, 'sessions', { text: 'no such thing' })).total).toBe(0)

    const detail = await value(client, 'session', { id: worst.id })
    expect(detail.session.id).toBe(worst.id)
    expect(detail.rehomings.length).toBe(worst.rehomings)

    const { hosts, total: allHosts, multihomed, site } = await value(client, 'hosts', { limit: 2 })
    expect([hosts.length, hosts[0]?.case, multihomed <= allHosts, site.length > 0]).toEqual([Math.min(2, allHosts), 'case2', true, true])

    // with a link log, and whole packets, nothing is missing
    expect(await value(client, 'limits', {})).toEqual({ evictedSessions: 0, notObservable: [] })
    expect(await value(client, 'network', {})).toEqual({ events: [expect.objectContaining({ what: 'link-down' })], more: 0 })

    const slice = await value(client, 'timeline', { session: worst.id, from: status.start!, to: status.end!, width: 800 })
    expect(slice.lanes.map((lane) => lane.toResponder.length)).toEqual(slice.lanes.map(() => 400))
    const sent = slice.lanes.reduce((sum, lane) => sum + [...lane.toResponder, ...lane.toInitiator].reduce((a, b) => a + b, 0), 0)
    const reported = detail.session.pairs.reduce((sum, pair) => sum + pair.payloadBytes, 0)
    expect(Math.abs(sent - reported) / reported).toBeLessThan(0.02)
    expect(slice.rehomings.length).toBe(worst.rehomings)
    expect(slice.lanes.some((lane) => lane.linkDown.length > 0)).toBe(true)

    const { rows, total: all } = await value(client, 'rows', { from: 10, count: 5 })
    expect([all, rows.map((row) => row.frame)]).toEqual([PACKETS, [11, 12, 13, 14, 15]])
    expect((await value(client, 'rows', { from: PACKETS - 1, count: 500 })).rows.length).toBe(1)

    const filtered = await value(client, 'filter', { text: 'tcp.flags.syn == 1' })
    expect(filtered.count).toBeGreaterThan(1)
    const syns = await value(client, 'rows', { filter: filtered.id, from: 0, count: 500 })
    expect([syns.total, syns.rows.length]).toEqual([filtered.count, filtered.count])
    const second = syns.rows[1]!.frame
    expect(await value(client, 'find', { filter: filtered.id, frame: second })).toEqual({ index: 1 })
    expect(await value(client, 'find', { filter: filtered.id, frame: syns.rows[0]!.frame + 1 })).toEqual({ index: 1 })
    expect(await value(client, 'filter', { text: 'tcp.flags.syn == 1', check: true })).toMatchObject({ id: '', count: 0 })
    expect(await client.send('filter', { text: 'tcp.flags.sin == 1' })).toMatchObject({
      ok: false,
      error: { code: 'bad-filter', position: 0 },
    })
    expect(await client.send('rows', { filter: 'f999', from: 0, count: 1 })).toMatchObject({ ok: false, error: { code: 'not-found' } })

    const again = await value(client, 'filter', { text: 'mh.note == "retransmission"' })
    const remarked = await value(client, 'rows', { filter: again.id, from: 0, count: 20 })
    expect(again.count).toBeGreaterThan(0)
    expect(remarked.rows.filter((row) => !row.notes.includes('retransmission'))).toEqual([])

    const packet = await value(client, 'packet', { frame: second })
    expect(packet).toMatchObject({ frame: second, stop: null, row: { frame: second } })
    expect(Buffer.from(packet.sources[0]!.base64, 'base64').length).toBe(packet.captured)
    expect(packet.tree.map((node) => node.name)).toEqual(expect.arrayContaining(['frame', 'eth', 'ipv6', 'tcp']))
    expect(await client.send('packet', { frame: PACKETS + 1 })).toMatchObject({ ok: false, error: { code: 'not-found' } })

    const { fields } = await value(client, 'fields', { prefix: 'tcp.flags.s', limit: 5 })
    expect(fields.map((field) => field.name)).toContain('tcp.flags.syn')

    for (const format of ['json', 'csv', 'html', 'svg', 'pcapng'] as const) {
      const file = await value(client, 'exportSession', { session: worst.id, format })
      expect(file.fileName).toBe(`mptcp-failover-${worst.id}.${format}`)
      expect(Buffer.from(file.base64, 'base64').length, format).toBeGreaterThan(500)
    }
    const begun = await value(client, 'saveBegin', { filter: filtered.id, format: 'pcapng' })
    expect(begun).toMatchObject({ packets: filtered.count, fileName: 'mptcp-failover-displayed.pcapng' })
    const part = await value(client, 'savePart', { id: begun.id })
    expect(Buffer.from(part.base64, 'base64').readUInt32BE(0)).toBe(0x0a0d0d0a)
    expect(await value(client, 'saveCancel', { id: begun.id })).toEqual({})
    expect(await client.send('savePart', { id: begun.id })).toMatchObject({ ok: false, error: { code: 'not-found' } })

    const wide = await value(client, 'rows', {
      filter: filtered.id,
      from: 0,
      count: 2,
      columns: ['tcp.flags.syn', 'mh.session', 'no.such'],
    })
    expect(wide.rows[0]?.values).toEqual([
      { text: '1', filter: 'tcp.flags.syn == 1' },
      { text: expect.stringMatching(/^s\d+$/), filter: expect.stringMatching(/^mh\.session == "s\d+"$/) },
      { text: '', filter: '' },
    ])
    expect(wide.rows[0]?.layer).toMatch(/^(mptcp|tcp)$/)

    expect(await client.send('session', { id: 's0' })).toMatchObject({ ok: false, error: { code: 'not-found' } })
    expect(await client.send('exportSession', { session: '../../etc/passwd', format: 'json' })).toMatchObject({
      ok: false,
      error: { code: 'not-found' },
    })
  })

  it('judges again with the site as a person gives it, and without', async () => {
    const { run = 0 } = await opened()
    const before = await value(client, 'site', {})
    expect([before.given, before.interfaces.map(({ name }) => name).sort()]).toEqual([null, ['upA', 'upB']])
    const settled = async (site: Parameters<typeof client.send<'setSite'>>[1]['site']): Promise<Status> => {
      const ready = new Promise<Status>((resolve) => {
        const off = client.on('ready', (status) => {
          off()
          resolve(status)
        })
      })
      await value(client, 'setSite', { site })
      return ready
    }
    const again = await settled({ interfaces: [{ name: 'upA', prefixes: ['2001:db8:a:0:1::/48', '192.0.2.0/24'], filterMode: 'strict' }] })
    expect(again).toMatchObject({ state: 'ready', packets: PACKETS, run: run + 1 })
    const said = await value(client, 'site', {})
    expect(said.given).toEqual({
      interfaces: [{ name: 'upA', addresses: [], prefixes: ['2001:db8:a::/48', '192.0.2.0/24'], routers: [], filterMode: 'strict' }],
    })
    const upA = said.interfaces.find(({ name }) => name === 'upA')
    expect(upA).toMatchObject({
      filterMode: 'strict',
      prefixes: expect.arrayContaining([expect.objectContaining({ prefix: '192.0.2.0/24', source: 'user' })]),
    })
    // the link log was read again too
    expect((await value(client, 'sessions', {})).sessions[0]).toMatchObject({ rehomings: 2, parent: null, carries: false, findings: null })

    const senseless = { interfaces: [], thresholds: { redirectPackets: -1 } }
    expect(await client.send('setSite', { site: senseless })).toMatchObject({
      ok: false,
      error: { code: 'bad-request', message: expect.stringMatching(/thresholds: .*redirectPackets/) },
    })
    expect(await settled(null)).toMatchObject({ state: 'ready', run: run + 2 })
    expect(await value(client, 'site', {})).toEqual(before)
  })

  it('opens with a site model and profiles by their paths', async () => {
    const site = join(folder, 'site.json')
    writeFileSync(site, JSON.stringify([{ name: 'upB', prefixes: ['198.51.100.0/24'] }]))
    const ready = new Promise<Status>((resolve) => {
      const off = client.on('ready', (status) => {
        off()
        resolve(status)
      })
    })
    await value(client, 'open', { path: SAMPLE, site, profiles: ['tcp-mh'] })
    expect(await ready).toMatchObject({ state: 'ready', packets: PACKETS })
    expect((await value(client, 'site', {})).given).toMatchObject({ interfaces: [{ name: 'upB', prefixes: ['198.51.100.0/24'] }] })
    const broken = join(folder, 'broken.json')
    writeFileSync(broken, '{"interfaces": [{"name": "upA", "prefixes": ["everything"]}]}')
    for (const [parameters, code, words] of [
      [{ path: SAMPLE, site: broken }, 'unreadable', /broken\.json: the site model is not understood \(interfaces\.0\.prefixes\.0/],
      [{ path: SAMPLE, site: join(folder, 'no.json') }, 'not-found', /no\.json/],
      [{ path: SAMPLE, profiles: [join(folder, 'nowhere')] }, 'not-found', /nowhere/],
      [{ path: SAMPLE, profiles: [site] }, 'unreadable', /site\.json/],
    ] as const)
      expect(await raw(client, 'open', parameters), JSON.stringify(parameters)).toMatchObject({
        ok: false,
        error: { code, message: expect.stringMatching(words) },
      })
  })

  it('offers filters of tree lines that find their packet again', async () => {
    await opened()
    const { tree } = await value(client, 'packet', { frame: 300 })
    const filters: string[] = []
    const walk = (nodes: typeof tree): void => {
      for (const node of nodes) {
        if (node.filter !== '') filters.push(node.filter)
        walk(node.children)
      }
    }
    walk(tree)
    expect(filters.length).toBeGreaterThan(40)
    const missed: string[] = []
    for (const text of [...new Set(filters)]) {
      const result = await client.send('filter', { text })
      if (!result.ok) missed.push(`${text}: ${result.error.message}`)
      else if ((await value(client, 'find', { filter: result.value.id, frame: 300 })).index < 0) missed.push(text)
      else {
        const { index } = await value(client, 'find', { filter: result.value.id, frame: 300 })
        const found = await value(client, 'rows', { filter: result.value.id, from: index, count: 1 })
        if (found.rows[0]?.frame !== 300) missed.push(text)
      }
    }
    expect(missed).toEqual([])
  })

  it('takes a capture in parts, in order only', async () => {
    const bytes = readFileSync(SAMPLE)
    const part = 400_000
    expect(await client.send('upload', { name: 'dropped.pcapng', id: 'u1', offset: 5, base64: '', last: false })).toMatchObject({
      ok: false,
      error: { code: 'bad-request' },
    })
    const ready = new Promise<Status>((resolve) => {
      const off = client.on('ready', (status) => {
        off()
        resolve(status)
      })
    })
    for (let offset = 0; offset < bytes.length; offset += part) {
      const last = offset + part >= bytes.length
      const chunk = bytes.subarray(offset, offset + part)
      const answer = await value(client, 'upload', { name: 'dropped.pcapng', id: 'u2', offset, base64: chunk.toString('base64'), last })
      expect(answer.received).toBe(offset + chunk.length)
    }
    expect(await ready).toMatchObject({ state: 'ready', name: 'dropped.pcapng', packets: PACKETS })
    // files made of it go by the name that its person knows, not by that of its spool
    const saved = await value(client, 'saveBegin', { format: 'pcap', check: true })
    const { id } = (await value(client, 'sessions', {})).sessions[0]!
    const exported = await value(client, 'exportSession', { session: id, format: 'json' })
    expect([saved.fileName, exported.fileName]).toEqual(['dropped-copy.pcap', `dropped-${id}.json`])
  })

  it('keeps the capture that is open when another cannot be opened', async () => {
    await opened()
    const still = async (words: string, name: string) => {
      expect([words, await value(client, 'status', {})]).toMatchObject([words, { state: 'ready', name, packets: PACKETS, error: null }])
      expect((await value(client, 'sessions', {})).total, words).toBeGreaterThan(0)
      expect((await value(client, 'packet', { frame: PACKETS })).sources[0]?.base64.length, words).toBeGreaterThan(0)
    }
    const refused = async (name: string) => {
      for (const parameters of [
        { path: join(folder, 'missing.pcap') },
        { path: folder },
        { path: SAMPLE, netlink: join(folder, 'none.txt') },
        { path: SAMPLE, site: join(folder, 'none.json') },
      ]) {
        expect(await client.send('open', parameters)).toMatchObject({
          ok: false,
          error: { code: expect.stringMatching(/^(not-found|unreadable)$/) },
        })
        await still(JSON.stringify(parameters), name)
      }
      const base64 = Buffer.from('dear diary').toString('base64')
      expect(await client.send('upload', { name: 'diary.txt', id: `junk-${name.length}`, offset: 0, base64, last: true })).toMatchObject({
        ok: false,
        error: { code: 'not-a-capture', message: expect.stringMatching(/^diary\.txt/) },
      })
      await still('upload', name)
    }
    await refused(basename(SAMPLE))
    // one that came in parts stays as well, with its file
    const ready = new Promise<void>((resolve) => {
      const off = client.on('ready', () => {
        off()
        resolve()
      })
    })
    await value(client, 'upload', {
      name: 'whole.pcapng',
      id: 'whole',
      offset: 0,
      base64: readFileSync(SAMPLE).toString('base64'),
      last: true,
    })
    await ready
    await refused('whole.pcapng')
  })

  it('gives up one capture for another without losing either answer', async () => {
    const answers = await Promise.all([
      client.send('open', { path: SAMPLE }),
      client.send('open', { path: SAMPLE }),
      client.send('cancel', {}),
    ])
    expect(answers.filter((answer) => answer.ok).length).toBeGreaterThan(0)
    expect(await opened()).toMatchObject({ state: 'ready', packets: PACKETS })
  })
})

describe('a worker that dies', () => {
  it('is answered in words and replaced', async () => {
    const entry = join(folder, 'dying.mjs')
    writeFileSync(
      entry,
      "import { parentPort } from 'node:worker_threads'\nparentPort.on('message', () => { throw new Error('out of luck') })\n",
    )
    const client: RunningEngine = startEngine(entry)
    const heard: string[] = []
    client.on('ready', (status) => heard.push(`${status.state}: ${status.error?.message}`))
    for (let i = 0; i < 2; i++)
      expect(await client.send('status', {})).toMatchObject({
        ok: false,
        error: { code: 'internal', message: expect.stringContaining('out of luck') },
      })
    expect(heard).toEqual(new Array(2).fill('failed: the engine stopped (out of luck) and starts anew with the next call'))
    await client.close()
    expect(await client.send('status', {})).toMatchObject({ ok: false, error: { code: 'internal' } })
  })
})
