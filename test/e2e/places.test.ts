/** Back, Forward, reload and a copied address: a window comes back to the page, filter and packet that it was at. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, type HostName, openApp, root } from './app.ts'

const sample = join(root, 'main', 'samples', 'mptcp-failover.pcapng')
const folder = mkdtempSync(join(tmpdir(), 'rehome-places-'))
/** the same packets, and another capture all the same */
const other = join(folder, 'other.pcapng')
/** polls wait longer than the default second: a second core may be busy */
const PATIENT = { timeout: 10_000 }

beforeAll(() => copyFileSync(sample, other))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each<HostName>(['browser', 'electron'])('places on the %s host', (host) => {
  let app: App
  let page: Page
  beforeAll(async () => {
    app = await openApp(host, { file: sample })
    page = app.page
    await page.locator('#packet-row-4').waitFor()
  })
  afterAll(async () => {
    await app?.close()
  })

  const part = (name: string) => page.evaluate((wanted) => new URLSearchParams(location.hash.slice(1)).get(wanted), name)
  const wholeShown = () => page.getByRole('button', { name: /Whole capture/ }).getAttribute('aria-current')
  const rows = () => page.getByRole('grid', { name: /Packets/ }).getAttribute('aria-label')

  test('Back and Forward go from page to page', async () => {
    await expect.poll(() => part('session'), PATIENT).toBe('s1')
    await page.getByRole('button', { name: /Whole capture/ }).click()
    await expect.poll(() => part('page'), PATIENT).toBe('whole')
    await page.goBack()
    await expect.poll(() => part('session'), PATIENT).toBe('s1')
    await expect.poll(wholeShown, PATIENT).toBe(null)
    await page.goForward()
    await expect.poll(wholeShown, PATIENT).toBe('page')
    await page.goBack()
    await expect.poll(wholeShown, PATIENT).toBe(null)
  })

  test('a packet and a filter are in the address without being steps; a reload comes back to them', async () => {
    const steps = await page.evaluate(() => history.length)
    await page.getByRole('combobox').fill('mptcp')
    await page.keyboard.press('Enter')
    await expect.poll(rows, PATIENT).not.toMatch(/1,621 rows/)
    // the row is there before its texts are
    await expect.poll(() => page.locator('#packet-row-3 .of-protocol').innerText(), PATIENT).toBe('MPTCP')
    await page.locator('#packet-row-3').click()
    await expect.poll(() => part('frame'), PATIENT).not.toBe(null)
    expect([await part('filter'), await page.evaluate(() => history.length)]).toEqual(['mptcp', steps])
    const before = { frame: await part('frame'), rows: await rows() }
    await page.reload()
    await expect.poll(rows, PATIENT).toBe(before.rows)
    await expect.poll(() => page.locator('.details-head b').innerText(), PATIENT).toBe(`Frame ${before.frame}`)
    expect(await page.getByRole('combobox').inputValue()).toBe('mptcp')
  })

  test('what the filter hides is said where it is looked into', async () => {
    await page.getByRole('combobox').fill('icmpv6')
    await page.keyboard.press('Enter')
    await page.locator('.details-head', { hasText: 'not in the list: the filter hides it' }).waitFor()
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await expect.poll(() => page.locator('.details-head').innerText(), PATIENT).not.toContain('not in the list')
  })

  test('the box for frames takes numbers', async () => {
    await page.keyboard.press('Control+g')
    await page.keyboard.type('x1,2y')
    expect(await page.getByRole('textbox', { name: 'Go to frame' }).inputValue()).toBe('1,2')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('.details-head b').innerText(), PATIENT).toBe('Frame 12')
  })

  test('another capture has the keys in its list; Back does not mistake its pages for those of the one before', async () => {
    await page.locator('#packet-list').focus()
    await page.keyboard.press('Control+o')
    await page
      .getByRole('dialog')
      .getByLabel(/^Path on/)
      .fill(other)
    await page.keyboard.press('Enter')
    await expect.poll(() => part('capture'), PATIENT).toBe('other.pcapng')
    await expect.poll(() => page.evaluate(() => document.activeElement !== document.body), PATIENT).toBe(true)
    const at = await page.evaluate(() => location.hash)
    await page.goBack()
    await expect.poll(() => page.evaluate(() => location.hash), PATIENT).toBe(at)
    expect(await page.locator('.capture-facts b').innerText()).toBe('other.pcapng')
    expect(app.errors).toEqual([])
  })
})
