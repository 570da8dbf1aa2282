/** The timeline of a session is asked for with its report, once; whatever else is asked for is asked anew. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startCapture, useCapture } from '../../renderer/state/capture-store.ts'
import { setClient } from '../../renderer/state/engine.ts'
import { resetPackets } from '../../renderer/state/packet-store.ts'
import { chooseOverview, chooseSession, refreshSession, resetSession, useSession } from '../../renderer/state/session-store.ts'
import { boundsOf } from '../../renderer/timeline/bounds.ts'
import { askSlice, followTimeline } from '../../renderer/timeline/slice-ahead.ts'
import { type MemoryClient, memoryClient } from './memory-client.ts'

let client: MemoryClient
let stop: (() => void)[]

async function until(met: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400; turn++) {
    if (met()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('it never came to be')
}

beforeEach(async () => {
  resetSession()
  resetPackets()
  useCapture.setState({ status: null, problem: null, upload: null, listed: false, sessionsTotal: null, search: '', generation: 0 })
  client = memoryClient({ packets: 100_000, delay: 0, start: 'ready' })
  setClient(client)
  stop = [startCapture(), followTimeline()]
  await until(() => useSession.getState().data !== null)
  client.calls.length = 0
})
afterEach(() => {
  for (const undo of stop) undo()
})

const asked = () => client.calls.filter(({ call }) => call === 'timeline').map(({ parameters }) => parameters)

/** what a canvas of this width asks for, of the session on the page */
function question(width: number) {
  const { session } = useSession.getState().data!
  const status = useCapture.getState().status!
  const origin = status.zero ?? status.start ?? session.opened
  const { from, to } = boundsOf(session, origin)
  return { session: session.id, from: from + origin, to: to + origin, width }
}

it('asks with the report, and the canvas takes that answer', async () => {
  await askSlice(question(700), true)
  await chooseSession('s2')
  expect(asked()).toEqual([{ ...question(700), session: 's1', from: expect.any(Number), to: expect.any(Number) }, question(700)])
  const slice = await askSlice(question(700), true)
  expect(asked()).toHaveLength(2)
  expect(slice).toMatchObject({ from: question(700).from, to: question(700).to })
  // taken once: who asks again wants it as it is by then
  await askSlice(question(700), true)
  expect(asked()).toHaveLength(3)
})

it('asks anew for another width, another part or another session', async () => {
  await askSlice(question(710), true)
  await chooseSession('s2')
  const { from, to } = question(710)
  await askSlice({ ...question(710), to: (from + to) / 2 }, false)
  await askSlice(question(640), true)
  expect(asked().map(({ width }) => width)).toEqual([710, 710, 710, 640])
  await chooseSession('s3')
  expect(asked().at(-1)).toEqual(question(640))
  const s3 = question(640)
  await chooseSession('s2')
  await askSlice(s3, true)
  expect(asked()).toHaveLength(7)
})

it('asks for nothing ahead while the whole capture is shown, or when the same session has grown', async () => {
  await askSlice(question(720), true)
  await refreshSession()
  expect(asked()).toHaveLength(1)
  const choosing = chooseSession('s2')
  chooseOverview()
  await choosing
  expect(useSession.getState().data?.session.id).toBe('s2')
  expect(asked()).toHaveLength(1)
})
