/** The stores over a client in memory: opening, failing, choosing, filtering, going to frames. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cancelOpening, openPath, searchSessions, sessionPages, startCapture, useCapture } from '../../renderer/state/capture-store.ts'
import { setClient } from '../../renderer/state/engine.ts'
import { applyFilter, goToFrame, goToTyped, resetPackets, rowPages, selectIndex, usePackets } from '../../renderer/state/packet-store.ts'
import { chooseSession, resetSession, stepRehoming, useSession } from '../../renderer/state/session-store.ts'
import { recall } from '../../renderer/state/view-store.ts'
import { type MemoryClient, type MemoryOptions, memoryClient, SESSIONS } from './memory-client.ts'

const TOTAL = 640_000
let client: MemoryClient
let stop: () => void

async function until(met: () => boolean, milliseconds = 2000): Promise<void> {
  for (let turn = 0; turn < milliseconds / 5; turn++) {
    if (met()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('it never came to be')
}

function start(options: MemoryOptions = {}): void {
  client = memoryClient({ packets: TOTAL, delay: 0, opening: 40, ...options })
  setClient(client)
  stop = startCapture()
}

beforeEach(() => {
  resetSession()
  resetPackets()
  useCapture.setState({ status: null, problem: null, upload: null, listed: false, sessionsTotal: null, search: '', generation: 0 })
})
afterEach(() => stop())

describe('opening', () => {
  it('follows progress, lists sessions when ready, chooses the worst', async () => {
    start({ start: 'empty' })
    await until(() => useCapture.getState().status?.state === 'empty')
    await openPath('/var/tmp/x.pcapng')
    expect(useCapture.getState().status?.state).toBe('opening')
    await until(() => useSession.getState().data !== null)
    expect([useCapture.getState().sessionsTotal, useSession.getState().id, useSession.getState().rehoming]).toEqual([SESSIONS, 's1', 'r1'])
    expect(client.calls.filter((entry) => entry.call === 'sessions')).toHaveLength(1 + (sessionPages.get(0) ? 1 : 0))
  })

  it('an error stays in place with its hint', async () => {
    start({ start: 'empty' })
    await openPath('/tmp/missing.pcap')
    expect(useCapture.getState().problem).toMatchObject({ code: 'not-found', hint: expect.stringContaining('path') })
  })

  it('can be stopped; what was read stays', async () => {
    start({ start: 'empty', opening: 2000 })
    await openPath('/tmp/x.pcap')
    await until(() => (useCapture.getState().status?.packets ?? 0) > 0)
    await cancelOpening()
    const { status } = useCapture.getState()
    expect(status).toMatchObject({ state: 'cancelled' })
    expect(status?.sessions).toBeGreaterThan(0)
    expect(status?.sessions).toBeLessThan(SESSIONS)
    await until(() => useSession.getState().data !== null)
    expect([useCapture.getState().sessionsTotal, useSession.getState().id]).toEqual([status?.sessions, 's1'])
  })

  it('shows what there is while a long capture is read, and all of it in the end; who looks at a session goes on looking at it', async () => {
    start({ start: 'empty', opening: 4000 })
    await openPath('/tmp/x.pcap')
    await until(() => useCapture.getState().sessionsTotal !== null, 4000)
    const early = useCapture.getState()
    expect(early.status?.state).toBe('opening')
    expect(early.sessionsTotal).toBeLessThan(SESSIONS)
    sessionPages.want(0, 50)
    expect(useSession.getState().id).toBe(null)
    await chooseSession('s2')
    expect(useSession.getState().data?.session.id).toBe('s2')
    await until(() => useCapture.getState().status?.state === 'ready' && useCapture.getState().sessionsTotal === SESSIONS, 8000)
    await until(() => sessionPages.get(SESSIONS - 1 < 60 ? SESSIONS - 1 : 59) !== undefined)
    expect(useSession.getState()).toMatchObject({ id: 's2', overview: false })
  })

  it('a session that became part of another while the capture was read makes room for the worst', async () => {
    start({ start: 'empty', opening: 4000 })
    const { send } = client
    client.send = (async (call: 'session', parameters: { id: string }) => {
      const gone = call === 'session' && parameters.id === 's2' && useCapture.getState().status?.state === 'ready'
      return gone ? { ok: false, error: { code: 'not-found', message: 'gone', hint: '' } } : send(call, parameters)
    }) as typeof client.send
    await openPath('/tmp/x.pcap')
    await until(() => useCapture.getState().sessionsTotal !== null, 4000)
    await chooseSession('s2')
    await until(() => useSession.getState().id === 's1', 8000)
  })
})

describe('the page that is shown first', () => {
  it('is the whole capture where even the worst of many sessions has nothing to tell', async () => {
    const quiet = memoryClient({ packets: TOTAL, delay: 0, opening: 40 })
    const { send } = quiet
    quiet.send = (async (call: 'sessions', parameters: never) => {
      const answer = await send(call, parameters)
      if (call !== 'sessions' || !answer.ok) return answer
      const sessions = answer.value.sessions.map((one) => ({
        ...one,
        rehomings: 0,
        worstOutage: null,
        replacedBy: null,
        state: 'closed',
        labels: ['SINGLE'],
        findings: null,
      }))
      return { ok: true, value: { ...answer.value, sessions } }
    }) as typeof quiet.send
    client = quiet
    setClient(client)
    stop = startCapture()
    await until(() => useSession.getState().data !== null)
    expect(useSession.getState()).toMatchObject({ id: 's1', overview: true })
  })

  it('is the worst session where it has', async () => {
    start()
    await until(() => useSession.getState().data !== null)
    expect(useSession.getState()).toMatchObject({ id: 's1', overview: false })
  })
})

describe('sessions', () => {
  it('the last one chosen wins, whatever the answers do', async () => {
    start()
    await until(() => useSession.getState().data !== null)
    const slow = chooseSession('s2')
    const fast = chooseSession('s3')
    await Promise.all([slow, fast])
    expect(useSession.getState()).toMatchObject({ id: 's3', data: { session: { id: 's3' } } })
    await chooseSession('s1')
    expect(usePackets.getState().look).toBe(null)
    stepRehoming(1)
    expect(useSession.getState()).toMatchObject({ rehoming: 'r2' })
    const frames = useSession.getState().data!.rehomings[1]!.frames
    await until(() => usePackets.getState().look !== null)
    expect(usePackets.getState()).toMatchObject({ look: { index: (frames[1] ?? frames[0])! - 1 }, frame: null, selected: null })
    stepRehoming(1)
    expect(useSession.getState()).toMatchObject({ rehoming: 'r2' })
  })

  it('searches', async () => {
    start()
    await until(() => useSession.getState().data !== null)
    await searchSessions('sctp')
    expect(useCapture.getState().sessionsTotal).toBe(1)
  })
})

describe('packets', () => {
  beforeEach(async () => {
    start()
    await until(() => useSession.getState().data !== null)
  })

  it('a filter keeps the frame in view, or shows the next', async () => {
    await selectIndex(70)
    await until(() => usePackets.getState().detail?.frame === 71)
    expect(await applyFilter('', true)).toBe(true)
    expect(usePackets.getState()).toMatchObject({ matched: TOTAL / 8, selected: 14, frame: 71 })
    expect(rowPages.total()).toBe(TOTAL / 8)
    expect(client.calls.findLast((entry) => entry.call === 'filter')!.parameters).toEqual({ text: 'mh.session == "s1"' })
    await applyFilter('', false)
    expect(usePackets.getState()).toMatchObject({ matched: null, filterId: null, selected: 70 })
  })

  it('a row chosen while another list comes stays chosen, and is at its place in it', async () => {
    await applyFilter('', true)
    await selectIndex(14)
    const { send } = client
    let late: (() => void) | null = null
    client.send = async (call, parameters) => {
      const answer = await send(call, parameters)
      if (call === 'find' && late === null) await new Promise<void>((resolve) => (late = resolve))
      return answer
    }
    const cleared = applyFilter('', false)
    await until(() => late !== null)
    // what is shown is the list before, or the new one with its place: never a list that will still move
    const { selected, filterId } = usePackets.getState()
    expect({ selected, filtered: filterId !== null }).toEqual({ selected: 14, filtered: true })
    await selectIndex(3)
    const { frame } = usePackets.getState()
    late!()
    await cleared
    expect(usePackets.getState()).toMatchObject({ frame, selected: frame! - 1, filterId: null, filtering: false })
    expect(rowPages.total()).toBe(TOTAL)
  })

  it('another session brings its own packets while only one is wanted', async () => {
    await applyFilter('', true)
    await chooseSession('s2')
    await until(() => usePackets.getState().matched === (TOTAL / 64) * 6)
    await applyFilter('', false)
    client.calls.length = 0
    await chooseSession('s3')
    expect(client.calls.map((entry) => entry.call)).toEqual(['session'])
  })

  it('a refused filter changes nothing and points at the fault as typed', async () => {
    await applyFilter('tcp', true)
    const before = usePackets.getState().filterId
    expect(await applyFilter('nonsense', true)).toBe(false)
    expect(usePackets.getState()).toMatchObject({ filterId: before, applied: 'tcp', filterError: { code: 'bad-filter', position: 0 } })
  })

  it('evidence that the filter hides clears it and says so', async () => {
    await applyFilter('', true)
    await goToFrame(66)
    expect(usePackets.getState()).toMatchObject({ frame: 66, notice: '' })
    await goToFrame(20)
    expect(usePackets.getState()).toMatchObject({
      filterId: null,
      onlySession: false,
      frame: 20,
      selected: 19,
      notice: 'Filter cleared: it hid frame 20.',
    })
    await goToFrame(TOTAL + 1)
    expect(usePackets.getState().notice).toContain(`no frame ${TOTAL + 1}`)
  })

  it('a frame that there is none of moves nothing, and says which there are', async () => {
    await goToTyped('640,000', TOTAL)
    expect(usePackets.getState()).toMatchObject({ frame: TOTAL, selected: TOTAL - 1, notice: '' })
    for (const typed of ['640001', '0', '-5', 'abc', '1e9']) {
      expect(goToTyped(typed, TOTAL), typed).toBe(null)
      expect(usePackets.getState(), typed).toMatchObject({
        frame: TOTAL,
        selected: TOTAL - 1,
        notice: `Frames are numbers from 1 to ${TOTAL}.`,
      })
    }
  })

  it('holding a key loads the last packet, not all', async () => {
    client.calls.length = 0
    for (let index = 0; index < 100; index++) void selectIndex(index)
    await until(() => usePackets.getState().detail?.frame === 100)
    expect(client.calls.filter((entry) => entry.call === 'packet').length).toBeLessThan(60)
  })
})

it('what a filter lets through grows with the capture, and is whole when that is', async () => {
  start({ start: 'empty', opening: 200 })
  await openPath('/var/tmp/x.pcapng')
  await until(() => (useCapture.getState().status?.packets ?? 0) > 0)
  expect(await applyFilter('tcp', false)).toBe(true)
  const { filterId, fresh, matched } = usePackets.getState()
  expect(matched).toBeLessThan(TOTAL)
  await until(() => usePackets.getState().matched === TOTAL)
  expect(rowPages.total()).toBe(TOTAL)
  // another result of the same filter: the list stays where it is
  expect(usePackets.getState()).toMatchObject({ fresh, applied: 'tcp' })
  expect(usePackets.getState().filterId).not.toBe(filterId)
})

it('a filter that is still being applied when the capture ends is whole, too', async () => {
  start({ start: 'empty', opening: 200 })
  void openPath('/var/tmp/x.pcapng')
  await until(() => (useCapture.getState().status?.packets ?? 0) > TOTAL / 2)
  const { send } = client
  // one that takes long: its answer is of what there was when it was asked
  client.send = async (call, parameters) => {
    const answer = await send(call, parameters)
    if (call === 'filter') await until(() => useCapture.getState().status?.state === 'ready')
    return answer
  }
  void applyFilter('tcp', false)
  await until(() => usePackets.getState().matched !== null)
  await until(() => usePackets.getState().matched === TOTAL, 4000)
})

it('a spoilt memory of the view is no memory', () => {
  const fresh = recall(null)
  expect([recall('{'), recall('7'), recall('{"theme":"pink","sidebarWidth":"wide","details":3}')]).toEqual([fresh, fresh, fresh])
  expect(recall('{"theme":"dark","sidebarWidth":9999,"detailsShare":0.3}')).toMatchObject({
    theme: 'dark',
    sidebarWidth: 640,
    detailsShare: 0.3,
  })
  // sizes that nobody chose stay so, whatever else was remembered with them
  expect(recall(JSON.stringify({ ...fresh, theme: 'light' }))).toEqual({ ...fresh, theme: 'light' })
})
