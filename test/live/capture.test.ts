/** `rehome capture` on two real links: nothing lost, links that come and go, helpers that die, disks that fill up. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { build } from '../../scripts/build.mjs'
import { Canary, HOPS } from './canary.ts'
import { ip, pause, RUNNER, Running, recorded, Stage, tshark } from './stage.ts'

const canary = new Canary()
let stage: Stage

beforeAll(() => build({ names: ['node'], quiet: true }))
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => stage.remove())
afterAll(() => canary.stop())

const both = ['-i', 'up0', '-i', 'up1']

test('two uplinks: every packet once, in time order, with names, addresses, filter and statistics', async () => {
  const file = join(stage.folder, 'two.pcapng')
  const live = stage.capture(...both, '-f', 'udp or tcp', '-w', file)
  const started = await live.event('capture-started')
  expect(started).toMatchObject({ backend: 'dumpcap', clock: 'kernel', interfaces: ['up0', 'up1'], filter: 'udp or tcp', links: 'netlink' })
  stage.send(0, 300)
  stage.send(1, 500)
  stage.fetch(0, 400_000)
  await live.event('session-closed', ({ session }) => session.protocol === 'tcp')
  expect(await live.stop()).toBe(0)
  expect(live.errors).toBe('')

  const udp = tshark(file, 'udp.dstport==9', 'frame.interface_name', 'udp.srcport')
  expect(udp.filter(([name, port]) => name === 'up0' && port === '40000')).toHaveLength(300)
  expect(udp.filter(([name, port]) => name === 'up1' && port === '40001')).toHaveLength(500)
  const times = tshark(file, 'frame', 'frame.time_epoch').map(([time]) => Number(time))
  expect(times).toEqual([...times].sort((a, b) => a - b))
  const stopped = await live.event('capture-stopped')
  expect(stopped).toMatchObject({ why: 'asked', packets: times.length, analyzed: times.length, late: 0, files: [file] })
  expect(stopped.interfaces.map(({ received, drops }) => ({ lost: received, drops }))).toEqual(
    stopped.interfaces.map(({ packets }) => ({ lost: packets, drops: { kernel: 0, interface: 0, app: 0 } })),
  )
  expect(execFileSync('capinfos', [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).toMatch(
    /Strict time order:\s+True[\s\S]*Name = up0[\s\S]*Filter string = udp or tcp/,
  )
  // the same sessions live and from the file
  const report = stage.report(file)
  expect(report.captures[0]).toMatchObject({ packets: times.length, truncated: false })
  expect(
    live
      .of('session-opened')
      .map(({ session }) => session.protocol)
      .sort(),
  ).toEqual(report.sessions.map(({ protocol }) => protocol).sort())
})

test('a carrier that goes and comes back is told within a second, and lies in the file', async () => {
  const file = join(stage.folder, 'links.pcapng')
  const live = stage.capture(...both, '-w', file)
  await live.event('capture-started')
  ip('-n', stage.r, 'link', 'set', 'r1', 'down')
  const down = await live.event('link', ({ link }) => link.what === 'link-down')
  expect(down).toMatchObject({ link: { interfaceName: 'up1', message: 'up1: carrier lost' } })
  ip('-n', stage.r, 'link', 'set', 'r1', 'up')
  const up = await live.event('link', ({ link }) => link.what === 'link-up')
  stage.send(1, 50)
  for (const event of [down, up]) expect(event.at - event.t).toBeLessThan(1 + HOPS * canary.p95())
  expect(await live.stop()).toBe(0)
  const { LinkEvents } = await reopened(file)
  expect(LinkEvents).toEqual(live.of('link').map(({ link }) => link.message))
})

test('an interface that is removed, made again and renamed: the other goes on, and it is taken up again', async () => {
  const file = join(stage.folder, 'gone.pcapng')
  const live = stage.capture(...both, '-w', file)
  await live.event('capture-started')
  ip('-n', stage.h, 'link', 'del', 'up1')
  const lost = await live.event('interface-lost')
  expect(lost).toMatchObject({ interface: 'up1', problem: { message: expect.stringMatching(/up1/) } })
  stage.send(0, 100)
  stage.join(1)
  await live.event('interface-resumed', ({ interface: name }) => name === 'up1')
  stage.send(1, 100)
  // renamed while it is captured, then down and up again
  ip('-n', stage.h, 'link', 'set', 'up0', 'down')
  ip('-n', stage.h, 'link', 'set', 'up0', 'name', 'wan0')
  ip('-n', stage.h, 'link', 'set', 'wan0', 'up')
  await live.event('interface-resumed', ({ interface: name, was }) => name === 'wan0' && was === 'up0')
  stage.send(0, 100)
  await pause(500)
  expect(await live.stop()).toBe(0)
  const udp = tshark(file, 'udp.dstport==9 and !icmp', 'udp.srcport').map(([port]) => port)
  expect(udp.filter((port) => port === '40000')).toHaveLength(200)
  expect(udp.filter((port) => port === '40001')).toHaveLength(100)
})

test('kill -9 of a capture helper: words, what was captured stays, and it is started again', async () => {
  const file = join(stage.folder, 'killed.pcapng')
  const live = stage.capture(...both, '-w', file)
  await live.event('capture-started')
  stage.send(0, 100)
  // what the program itself still holds dies with it
  await recorded(file, 'udp.srcport==40000 and !icmp', 100)
  const pid = stage
    .inH('pgrep', '-x', 'dumpcap')
    .split('\n')
    .map(Number)
    .find((one) => helperOf(one, 'up0'))
  process.kill(pid as number, 'SIGKILL')
  expect(await live.event('interface-lost')).toMatchObject({ interface: 'up0', problem: { message: 'up0: dumpcap was ended by SIGKILL' } })
  await live.event('interface-resumed')
  stage.send(0, 50)
  await pause(500)
  expect(await live.stop()).toBe(0)
  expect(tshark(file, 'udp.srcport==40000 and !icmp', 'frame.number')).toHaveLength(150)
  expect(stage.report(file).captures[0]).toMatchObject({ truncated: false })
})

test('a full disk: the capture stops with words, and everything that was written can be read', async () => {
  const file = join(stage.small(1_048_576), 'full.pcapng')
  const live = stage.capture('-i', 'up0', '-w', file)
  await live.event('capture-started')
  stage.send(0, 2_000, 1_000)
  expect(await live.ended).toBe(3)
  expect(await live.event('problem')).toMatchObject({
    problem: { message: `${file}: the disk is full: the capture stops; what was written until now can be read` },
  })
  const stopped = await live.event('capture-stopped')
  expect(stopped.why).toBe('disk')
  const [capture] = stage.report(file).captures
  expect(capture).toMatchObject({ truncated: false })
  expect(capture?.packets).toBeGreaterThan(900)
  expect(tshark(file, 'frame', 'frame.number')).toHaveLength(capture?.packets as number)
  expect(stopped.analyzed).toBe(capture?.packets)
})

test('a ring keeps the newest files, each readable by itself; without -w nothing is left behind', async () => {
  const live = stage.capture('-i', 'up0', '-w', join(stage.folder, 'ring.pcapng'), '--ring-size', '1', '--ring-files', '2')
  await live.event('capture-started')
  stage.send(0, 4_000, 1_000, 40)
  await live.event('file-removed')
  expect(await live.stop()).toBe(0)
  const stopped = await live.event('capture-stopped')
  const left = readdirSync(stage.folder).filter((name) => name.startsWith('ring'))
  expect(left).toHaveLength(2)
  expect(stopped.files.map((path) => path.split('/').at(-1)).sort()).toEqual(left.sort())
  for (const path of stopped.files) expect(stage.report(path).captures[0]).toMatchObject({ truncated: false })
  // a starved analysis may find that the ring has taken a file: then it says so
  const missed = live.of('problem').filter(({ problem }) => /cannot be analyzed/.test(problem.message))
  if (missed.length === 0) expect(stopped.analyzed).toBe(stopped.packets)
  else expect(stopped.analyzed).toBeLessThan(stopped.packets)
  expect(statSync(stopped.files[0] as string).mode & 0o777).toBe(0o600)

  const passing = stage.capture('-i', 'up0', '--duration', '3')
  await passing.event('capture-started')
  stage.send(0, 500)
  expect(await passing.ended).toBe(0)
  expect(await passing.event('capture-stopped')).toMatchObject({ why: 'duration', files: [] })
  expect((await passing.event('capture-stopped')).analyzed).toBeGreaterThanOrEqual(500)
})

test('refusals: no such interface, a bad filter, a file that exists, no permission', async () => {
  const file = join(stage.folder, 'once.pcapng')
  const refused = async (...words: string[]): Promise<[number | null, string, number]> => {
    const live = stage.capture(...words)
    return [await live.ended, live.errors, live.events.length]
  }
  expect(await refused('-i', 'nope0', '-w', file)).toEqual([2, expect.stringMatching(/nope0.*rehome interfaces/), 0])
  // a start that failed leaves no file: the name is free
  const live = stage.capture('-i', 'up0', '-w', file)
  await live.event('capture-started')
  expect(await live.stop()).toBe(0)
  expect(await refused('-i', 'up0', '-w', file)).toEqual([2, expect.stringMatching(/exists already/), 0])
  expect(await refused('-i', 'up0', '-f', 'not a filter')).toEqual([2, expect.stringMatching(/up0: .*filter/i), 0])
  const unprivileged = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all']
  const barred = stage.start([
    'ip',
    'netns',
    'exec',
    stage.h,
    ...unprivileged,
    process.execPath,
    '-e',
    RUNNER,
    '--',
    'capture',
    '-i',
    'up0',
  ])
  const running = new Running(barred)
  expect(await running.ended).toBe(4)
  expect(running.errors).toMatch(/^rehome: up0: no permission to capture with dumpcap\. Allow it once: sudo setcap \S+ \S*dumpcap\n$/)
  expect(await refused('-i', 'up0', '--until-rehoming', '--duration', '1')).toEqual([1, '', expect.any(Number)])
})

function helperOf(pid: number, name: string): boolean {
  return pid > 0 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0${name}\0`)
}

async function reopened(path: string): Promise<{ LinkEvents: string[] }> {
  const { openCapture, closeCapture } = await import('../../main/engine/open.ts')
  const capture = await openCapture([path])
  closeCapture(capture)
  return { LinkEvents: capture.linkEvents.map(({ detail }) => detail.message) }
}
