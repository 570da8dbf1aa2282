/** Opening what is not there, what has nothing in it, and what has little: each says what to do next, and nothing is typed twice. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, openApp, root } from './app.ts'

const sample = join(root, 'main', 'samples', 'mptcp-failover.pcapng')
const PATIENT = { timeout: 10_000 }
/** pcap, little-endian, microseconds, Ethernet */
const HEADER = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex')
/** one frame of an experimental Ethernet type, 14 bytes */
const FRAME = Buffer.from('00000000000000000e0000000e000000ffffffffffff02000000000188b5', 'hex')

/** UDP there and back, 665 days after a first frame of nothing, and again some minutes later */
function lateCapture(): Buffer {
  const packet = (seconds: number, back: boolean): Buffer => {
    const [from, to] = back ? ['c6336401', 'c0000201'] : ['c0000201', 'c6336401']
    const [source, target] = back ? ['1389', '9c40'] : ['9c40', '1389']
    const bytes = Buffer.from(
      `0200000000020200000000010800450000240000400040110000${from}${to}${source}${target}00100000${'61'.repeat(8)}`,
      'hex',
    )
    const head = Buffer.alloc(16)
    head.writeUInt32LE(seconds, 0)
    head.writeUInt32LE(200_000, 4)
    head.writeUInt32LE(bytes.length, 8)
    head.writeUInt32LE(bytes.length, 12)
    return Buffer.concat([head, bytes])
  }
  const begin = 665 * 86_400 + 14 * 3_600 + 635
  return Buffer.concat([
    HEADER,
    FRAME,
    ...Array.from({ length: 12 }, (_, at) => 25 * at).flatMap((at) => [packet(begin + at, false), packet(begin + at, true)]),
  ])
}

const folder = mkdtempSync(join(tmpdir(), 'rehome-opening-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** opens by path through the dialog, as a person without a mouse does */
async function open(page: Page, path: string): Promise<void> {
  await page.keyboard.press('Control+o')
  await page.getByRole('dialog').getByLabel('Path on the machine that runs Rehome').fill(path)
  await page.keyboard.press('Enter')
}

describe('the browser host', () => {
  let app: App
  beforeAll(async () => {
    app = await openApp('browser', { file: sample, width: 853, height: 600 })
    await app.page.getByRole('option', { name: /MPTCP/ }).first().waitFor({ timeout: 20_000 })
  })
  afterAll(async () => {
    await app?.close()
  })

  test('a narrow window keeps the name of the file, and tells it in full', async () => {
    const name = app.page.locator('.capture-facts b')
    expect(await name.getAttribute('title')).toBe('mptcp-failover.pcapng')
    expect(await name.evaluate((box) => box.scrollWidth - box.clientWidth)).toBeLessThanOrEqual(0)
  })

  test('what is drawn, days into a capture, stays inside its card', async () => {
    const { page } = app
    const late = join(folder, 'late.pcap')
    writeFileSync(late, lateCapture())
    await page.setViewportSize({ width: 660, height: 450 })
    await open(page, late)
    const span = page.locator('.timeline-card .card-head > .number').filter({ hasText: '665 d' })
    await span.waitFor()
    const over = await span.evaluate(
      (words) => words.getBoundingClientRect().right - words.closest('.card-head')!.getBoundingClientRect().right,
    )
    expect(over).toBeLessThanOrEqual(0)
    await page.setViewportSize({ width: 853, height: 600 })
    await open(page, sample)
    await page.getByRole('option', { name: /MPTCP/ }).first().waitFor()
  })

  test('the tree that Enter leads to has a line to begin with, and its menu', async () => {
    const { page } = app
    await page.locator('#packet-row-0').click()
    await page.getByRole('tree', { name: 'Fields of frame 1' }).waitFor()
    await page.locator('#packet-list').press('Enter')
    await expect.poll(() => page.locator('#packet-tree [aria-selected=true]').count(), PATIENT).toBe(1)
    await page.keyboard.press('Shift+F10')
    await page.getByRole('menu').first().waitFor()
    await page.keyboard.press('Escape')
  })

  test('a filter that nothing matches can be taken back where its list is empty', async () => {
    const { page } = app
    await page.locator('#filter-input').fill('sctp')
    await page.keyboard.press('Enter')
    await page.locator('#packet-list').getByRole('button', { name: 'Show all packets' }).click()
    await page.locator('#packet-row-0').waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('packet-list')
  })

  test('a path that was mistyped is there to be mended, and costs nobody the capture that is open', async () => {
    const { page } = app
    const wrong = join(folder, 'uplnk.pcap')
    await page.getByRole('option', { name: /MPTCP/ }).first().click()
    await open(page, wrong)
    await page.getByRole('alert').filter({ hasText: 'no such file' }).waitFor()
    await page.getByRole('option', { name: /MPTCP/ }).first().waitFor()
    await page.locator('#packet-row-0').waitFor()
    await page.locator('.timeline-card').first().waitFor()
    expect(await page.locator('.capture-facts b').innerText()).toBe('mptcp-failover.pcapng')
    await page.keyboard.press('Control+o')
    const box = page.getByRole('dialog').getByLabel('Path on the machine that runs Rehome')
    await expect.poll(() => box.inputValue(), PATIENT).toBe(wrong)
    await box.fill(sample)
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'no such file' }).waitFor({ state: 'detached' })
    await page.getByRole('option', { name: /MPTCP/ }).first().waitFor()
  })

  test('a capture of nothing is not said to have packets below, one packet is no plural', async () => {
    const { page } = app
    const none = join(folder, 'none.pcap')
    writeFileSync(none, HEADER)
    await open(page, none)
    await page.getByRole('heading', { name: 'No packets in this capture' }).waitFor()
    const aside = page.locator('.sidebar')
    await expect.poll(() => aside.innerText(), PATIENT).toContain('No packets')
    expect(await aside.innerText()).not.toContain('below')
    const one = join(folder, 'one.pcap')
    writeFileSync(one, Buffer.concat([HEADER, FRAME]))
    await open(page, one)
    await page.locator('#packet-row-0').waitFor()
    await expect.poll(() => page.locator('.filter-bar, .packet-bar, body').last().innerText(), PATIENT).toMatch(/\b1\s+packet\b/)
    expect(await page.locator('body').innerText()).not.toMatch(/\b1\s+packets\b/)
  })
})

test('in a window without a capture the mistyped path stands there as well, in boxes of their own', async () => {
  const { page, close } = await openApp('browser', { file: null })
  try {
    const box = page.getByLabel('Path on the machine that runs Rehome')
    const wrong = join(folder, 'uplnk.pcap')
    await box.fill(wrong)
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'no such file' }).waitFor()
    await expect.poll(() => box.inputValue(), PATIENT).toBe(wrong)
    await page.keyboard.press('Control+o')
    expect(await page.getByRole('dialog').getByLabel('Path on the machine that runs Rehome').inputValue()).toBe(wrong)
    const ids = await page.locator('input[id]').evaluateAll((boxes) => boxes.map((one) => one.id))
    expect(new Set(ids).size).toBe(ids.length)
  } finally {
    await close()
  }
})
