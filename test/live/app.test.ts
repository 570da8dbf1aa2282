/**
 * The window's capture on a real interface when what it stands on goes: the disk fills up, its capture program or its engine is killed. What was
 * written can be read, the words say what happened, and everything else goes on. (Page and host: test/e2e/live.test.ts.)
 */
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startEngine, workerEntry } from '../../main/engine/client.ts'
import { build } from '../../scripts/build.mjs'
import type { Answers, CallName, Parameters_ } from '../../shared/contract.ts'
import { tshark } from './stage.ts'

const PORT = 40_988
const PATIENT = { timeout: 60_000, interval: 50 }
const folder = mkdtempSync(join(tmpdir(), 'rehome-app-'))
const small = join(folder, 'small')
const deadly = join(folder, 'deadly')

let app: ReturnType<typeof startEngine>

beforeAll(async () => {
  process.env.REHOME_RUNTIME = join(folder, 'notes')
  await build({ names: ['node'], quiet: true })
  mkdirSync(small)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1048576', 'tmpfs', small])
}, 120_000)
afterEach(() => app.close())
afterAll(() => {
  execFileSync('umount', [small])
  rmSync(folder, { recursive: true, force: true })
})

async function ask<K extends CallName>(call: K, parameters: Parameters_<K>): Promise<Answers[K]> {
  const result = await app.send(call, parameters)
  if (!result.ok) throw new Error(`${call}: ${result.error.message}`)
  return result.value
}

const begin = (file: string): Promise<unknown> =>
  ask('liveStart', { interfaces: ['lo'], backend: 'dumpcap', filter: `udp port ${PORT}`, file })
const packets = async (): Promise<number> => (await ask('status', {})).packets
const state = async (): Promise<string> => (await ask('liveStatus', {})).state
const told = async (type: string): Promise<unknown[]> => (await ask('liveFeed', {})).events.filter((event) => event.type === type)
const inFile = (path: string): number => tshark(path, 'frame', 'frame.number').length

async function send(count: number, bytes: number): Promise<void> {
  const socket = createSocket('udp4')
  for (let i = 0; i < count; i++)
    await new Promise<void>((resolve) => socket.send(Buffer.alloc(bytes, i), PORT, '127.0.0.1', () => resolve()))
  socket.close()
}

/** The capture program that writes for our capture alone. */
function captureProgram(): number {
  const filter = `udp port ${PORT}`
  const found = readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return /dumpcap$/.test(words[0] as string) && words.includes(filter)
    } catch {
      return false
    }
  })
  return Number(found)
}

test('a full disk ends the capture with words; the app goes on, and captures again', async () => {
  app = startEngine(workerEntry())
  const file = join(small, 'full.pcapng')
  await begin(file)
  await send(2_000, 1_000)
  await expect.poll(state, PATIENT).toBe('stopped')
  expect(await ask('liveStatus', {})).toMatchObject({
    stopReason: 'disk',
    problem: { message: `${file}: the disk is full: the capture stops; what was written until now can be read` },
  })
  await expect.poll(async () => (await ask('status', {})).state, PATIENT).toBe('ready')
  const read = await packets()
  expect(read).toBeGreaterThan(900)
  expect(inFile(file)).toBe(read)
  expect((await ask('rows', { from: read - 1, count: 1 })).rows[0]?.frame).toBe(read)
  const next = join(folder, 'next.pcapng')
  await begin(next)
  await send(10, 100)
  await expect.poll(packets, PATIENT).toBe(10)
  expect(await ask('liveStop', {})).toMatchObject({ state: 'stopped', problem: null, files: [next] })
  // the one before is still whole
  await ask('open', { path: file })
  await expect.poll(packets, PATIENT).toBe(read)
})

test('kill -9 of its capture program: said, and taken up again', async () => {
  app = startEngine(workerEntry())
  const file = join(folder, 'helper.pcapng')
  await begin(file)
  await send(30, 100)
  await expect.poll(packets, PATIENT).toBe(30)
  process.kill(captureProgram(), 'SIGKILL')
  await expect
    .poll(() => told('interface-lost'), PATIENT)
    .toMatchObject([{ interface: 'lo', problem: { message: 'lo: dumpcap was ended by SIGKILL' } }])
  await expect.poll(async () => (await told('interface-resumed')).length, PATIENT).toBe(1)
  await send(20, 100)
  await expect.poll(packets, PATIENT).toBe(50)
  expect(await ask('liveStop', {})).toMatchObject({ state: 'stopped', problem: null, counts: { packets: 50 } })
  expect(inFile(file)).toBe(50)
})

test('an engine that dies: no packet is lost, and the new one has them all', async () => {
  const entry = join(folder, 'engine.mjs')
  writeFileSync(
    entry,
    `import { existsSync, rmSync } from 'node:fs'
setInterval(() => { if (existsSync(${JSON.stringify(deadly)})) { rmSync(${JSON.stringify(deadly)}); process.exit(9) } }, 20).unref()
await import(${JSON.stringify(pathToFileURL(workerEntry()).href)})
`,
  )
  app = startEngine(entry)
  const file = join(folder, 'engine.pcapng')
  await begin(file)
  await send(30, 100)
  await expect.poll(packets, PATIENT).toBe(30)
  writeFileSync(deadly, '')
  await expect.poll(() => existsSync(deadly), PATIENT).toBe(false)
  await send(20, 100)
  await expect.poll(() => packets().catch(() => 0), PATIENT).toBe(50)
  expect(await told('problem')).toMatchObject([
    { problem: { message: expect.stringMatching(/^the analysis stopped \(.*exit code 9.*\) and begins again from the recorded file$/) } },
  ])
  expect(await ask('liveStop', {})).toMatchObject({ state: 'stopped', problem: null, counts: { packets: 50 } })
  expect(await ask('status', {})).toMatchObject({ state: 'ready', packets: 50 })
  expect(inFile(file)).toBe(50)
})
