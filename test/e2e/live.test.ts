/**
 * Live capture in the window, over both hosts, on the loopback interface: chosen, filtered, captured, a page or a host that is
 * killed, stopped and saved.
 * Needs the right to capture: where it is missing the test fails and the picker says why.
 */
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { build } from '../../scripts/build.mjs'
import { type App, type HostName, openApp } from './app.ts'

const PORT = 40_977
const PATIENT = { timeout: 20_000 }
const folder = mkdtempSync(join(tmpdir(), 'rehome-e2e-live-'))

beforeAll(async () => {
  // what a killed program leaves behind goes with the folder
  process.env.TMPDIR = folder
  await build({ quiet: true })
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function send(packets: number): Promise<void> {
  const socket = createSocket('udp4')
  for (let i = 0; i < packets; i++)
    await new Promise<void>((resolve) => socket.send(Buffer.alloc(100, i), PORT, '127.0.0.1', () => resolve()))
  socket.close()
}

/** Chooses loopback and a filter in the picker, and starts. */
async function begin(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Capture live…' }).click()
  const lo = page.getByRole('checkbox', { name: 'lo', exact: true })
  await lo.waitFor()
  for (const box of await page.getByRole('checkbox').all()) if (await box.isChecked()) await box.uncheck()
  await lo.check()
  await page.getByLabel('Capture filter (BPF)').fill(`udp port ${PORT} and`)
  await page.getByText(/^× not understood/).waitFor()
  await page.getByLabel('Capture filter (BPF)').fill(`udp port ${PORT}`)
  await page.getByText(/^✓ understood/).waitFor()
  await page.getByRole('button', { name: 'Start capture' }).click()
  await page.getByRole('button', { name: 'Stop' }).waitFor()
}

const packets = (page: Page): Promise<string | null> =>
  page
    .getByRole('grid', { name: /^Packets/ })
    .getAttribute('aria-label')
    .catch(() => '')

describe.each<HostName>(['browser', 'electron'])('on the %s host', (host) => {
  let app: App
  let notes: string
  beforeEach(() => {
    notes = mkdtempSync(join(folder, 'notes-'))
    process.env.REHOME_RUNTIME = notes
  })
  afterEach(async () => {
    await app?.close()
  })

  test('a capture is chosen, runs, outlives its page, is stopped and saved', async () => {
    const saved = join(folder, `${host}.pcapng`)
    process.env.REHOME_STANDIN_SAVE = saved
    app = await openApp(host, { file: null })
    const { page } = app
    await begin(page)
    const stop = page.getByRole('button', { name: 'Stop' })
    await stop.waitFor()
    const grid = () => packets(page)
    await send(30)
    await expect.poll(grid, PATIENT).toMatch(/^Packets, 30\b/)
    // a page that goes away and comes back finds the capture as it is by now
    await page.reload()
    await send(12)
    await stop.waitFor()
    await expect.poll(grid, PATIENT).toMatch(/^Packets, 42\b/)
    await page.getByRole('log').getByText('on lo with dumpcap').waitFor()
    // the list stays at its end, and a filter goes on letting in what comes, also after the end
    await page.getByRole('gridcell', { name: '42', exact: true }).first().waitFor()
    await page.getByRole('combobox').fill(`udp.dstport == ${PORT}`)
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByRole('status').first().innerText(), PATIENT).toMatch(/42 of 42/)
    await send(8)
    await expect.poll(grid, PATIENT).toMatch(/^Packets, 50\b/)
    await stop.click()
    await page.getByRole('button', { name: 'New capture…' }).waitFor()
    await page.locator('#packet-list').press('Home')
    await page.getByRole('tree', { name: 'Fields of frame 1' }).waitFor()
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await page.getByRole('heading', { level: 1, name: /^Captured on lo: / }).waitFor()
    // it has ended: what is said of any capture is said of it
    await page.getByRole('heading', { name: /^(Nothing moved|What happened|What went worst)$/ }).waitFor()
    expect(await page.getByRole('heading', { name: /^Interfaces/ }).count()).toBe(1)
    await page.getByRole('button', { name: 'Save…' }).click()
    if (host === 'browser') {
      await page.getByLabel('Path on the machine that runs Rehome').fill(saved)
      await page.keyboard.press('Enter')
    }
    await page.getByText(`saved to ${saved}`).waitFor()
    expect(
      execFileSync('tshark', ['-r', saved, '-T', 'fields', '-e', 'udp.dstport'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    ).toBe(`${PORT}\n`.repeat(50))
    expect(app.errors.filter((words) => !/WebSocket/.test(words))).toEqual([])
    await app.close()
    expect(readdirSync(notes)).toEqual([])
  })

  test('kill -9 of the page, then of the host: the capture goes on, and both come back to it', async () => {
    app = await openApp(host, { file: null })
    await begin(app.page)
    await send(20)
    await expect.poll(() => packets(app.page), PATIENT).toMatch(/^Packets, 20\b/)
    const next = await app.killPage()
    await send(5)
    await next.getByRole('button', { name: 'Stop' }).waitFor()
    await expect.poll(() => packets(next), PATIENT).toMatch(/^Packets, 25\b/)
    await app.killHost()
    await send(7)
    app = await openApp(host, { file: null })
    const stop = app.page.getByRole('button', { name: 'Stop' })
    await stop.waitFor()
    await expect.poll(() => packets(app.page), PATIENT).toMatch(/^Packets, 32\b/)
    await stop.click()
    await app.page.getByRole('heading', { level: 1, name: /^Captured on lo: / }).waitFor()
    expect(app.errors.filter((words) => !/WebSocket/.test(words))).toEqual([])
  })
})
