import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, type HostName, openApp, root } from './app.ts'

const sample = join(root, 'main', 'samples', 'mptcp-failover.pcapng')
const netlink = join(root, 'main', 'samples', 'mptcp-failover.netlink.txt')
/** polls wait longer than the default second: a second core may be busy */
const PATIENT = { timeout: 10_000 }
const axe = readFileSync(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')

/** Serious and critical violations of accessibility rules, one line each. The script is evaluated, since the page's policy blocks injected tags. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { axe: runner } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> }
    }
    const { violations: found } = await runner.run()
    return found.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes[0]?.html.slice(0, 200)}`)
  })
}

describe.each<HostName>(['browser', 'electron'])('the sample on the %s host', (host) => {
  let app: App
  beforeAll(async () => {
    app = await openApp(host, { file: sample, netlink })
  })
  afterAll(async () => {
    await app?.close()
  })

  test('shows the rehoming, its cause and its outage', async () => {
    const { page } = app
    await page.getByRole('option', { name: /MPTCP/ }).first().waitFor({ timeout: 20_000 })
    await page.getByRole('heading', { name: 'Why it moved' }).waitFor()
    const card = page.locator('#rehomings')
    await expect.poll(() => card.innerText(), PATIENT).toMatch(/carrier lost/)
    expect(await card.innerText()).toMatch(/37(\.\d)? ms/)
    expect(await page.getByRole('tablist', { name: 'Rehomings' }).getByRole('tab').count()).toBe(2)
    await expect.poll(() => page.getByRole('option', { name: /MPTCP/ }).first().innerText(), PATIENT).toMatch(/failed back/)
    await page.getByRole('application', { name: /Path timeline of the session: 2 / }).waitFor()
  })

  test('evidence leads to the packet, its tree and its bytes', async () => {
    const { page } = app
    const evidence = page
      .locator('#rehomings')
      .getByRole('button', { name: /^Go to frame \d+$/ })
      .first()
    const frame = /\d+/.exec((await evidence.getAttribute('aria-label')) ?? '')?.[0]
    await evidence.click()
    await page.getByRole('tree', { name: `Fields of frame ${frame}` }).waitFor()
    await page.getByRole('treeitem', { name: /Transmission Control Protocol/ }).waitFor()
    await page.getByRole('application', { name: `Bytes of frame ${frame}` }).waitFor()
  })

  test('the packets stay, wherever their details stand', async () => {
    const { page } = app
    const list = page.getByRole('grid', { name: /Packets/ })
    for (const place of ['beside', 'below', 'hidden']) {
      const button = page.getByRole('button', { name: `Details ${place}` })
      await button.waitFor()
      expect((await list.boundingBox())?.height, place).toBeGreaterThan(60)
      // the packet that is looked into stays in sight, however little room the list is left with
      await expect.poll(() => list.getByRole('row', { selected: true }).count(), PATIENT).toBe(1)
      const [row, box] = [await list.getByRole('row', { selected: true }).boundingBox(), await list.boundingBox()]
      expect((row?.y ?? 0) + (row?.height ?? 0), place).toBeLessThanOrEqual((box?.y ?? 0) + (box?.height ?? 0) + 1)
      expect(await page.getByRole('tree').count()).toBe(place === 'hidden' ? 0 : 1)
      await button.click()
    }
  })

  test('a filter counts, and a typo is told with its place and what was expected', async () => {
    const { page } = app
    const box = page.getByRole('combobox')
    await box.fill('tcp.options.mptcp.subtype == 1')
    await box.press('Enter')
    await expect.poll(() => page.getByRole('grid', { name: /Packets/ }).getAttribute('aria-label'), PATIENT).toMatch(/Packets, 3\b/)
    await box.fill('tcp.srcprt == 1')
    await box.press('Enter')
    const alert = page.getByRole('region', { name: 'Packets' }).getByRole('alert')
    await alert.waitFor()
    expect(await alert.innerText()).toMatch(/tcp\.srcprt/)
    expect(await alert.innerText()).toMatch(/tcp\.srcport/)
    await box.fill('')
    await box.press('Enter')
    await expect.poll(() => page.getByRole('grid', { name: /Packets/ }).getAttribute('aria-label'), PATIENT).toMatch(/Packets, 1,621/)
  })

  test.each([
    ['JSON report', /^\s*\{[\s\S]*"timeline"/],
    ['CSV timeline', /rehomed/],
    ['HTML page', /<svg/],
    ['SVG picture', /^<svg|^<\?xml/],
  ])('exports the timeline as %s', async (name, expected) => {
    const { page } = app
    await page.getByRole('button', { name: /^Export/ }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: new RegExp(`^${name}`) }).click(),
    ])
    expect(readFileSync(await download.path(), 'utf8')).toMatch(expected)
  })

  test('judges the capture again with the site as a person gives it, and comes back to where it was', async () => {
    const { page } = app
    await page.getByRole('button', { name: /Whole capture/ }).click()
    const network = page.getByRole('region', { name: 'Network' })
    await network.getByRole('row', { name: /upA: carrier lost link log/ }).waitFor()
    const card = page.getByRole('region', { name: 'Site' })
    await card.getByRole('button', { name: 'Edit…' }).click()
    await card.getByLabel('Prefixes').first().fill('192.0.2.0/24')
    await card.getByRole('button', { name: 'Judge the capture again' }).click()
    await card.getByText('judged again with the site as you say it is').waitFor({ timeout: 20_000 })
    await card.getByRole('row', { name: /192\.0\.2\.0\/24 given by you/ }).waitFor()
    await page.getByRole('heading', { name: 'Multihomed hosts' }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('option', { name: /MPTCP/ }).first().click()
    await page.getByRole('heading', { name: 'Signalling, message by message' }).waitFor()
    await page.getByRole('button', { name: 'Show answers' }).click()
    await page.getByText('What made it change?').waitFor()
  })

  test('has no serious accessibility violation and no error in the console, in either theme', async () => {
    expect(await violations(app.page)).toEqual([])
    for (const theme of ['light', 'dark']) {
      await app.page.getByRole('button', { name: /^Colours/ }).click()
      expect(await app.page.locator('html').getAttribute('data-theme')).toBe(theme)
      expect(await violations(app.page), theme).toEqual([])
    }
    expect(app.errors).toEqual([])
  })
})

describe('the browser host without a capture', () => {
  let app: App
  const folder = mkdtempSync(join(tmpdir(), 'rehome-e2e-'))
  beforeAll(async () => {
    app = await openApp('browser', { file: null, dark: true })
  })
  afterAll(async () => {
    await app?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('a file that is no capture is refused in words, a cut one is read as far as it goes', async () => {
    const { page } = app
    const input = page.locator('input[type=file]')
    const words = join(folder, 'notes.txt')
    writeFileSync(words, 'these are no packets at all, only words in a text file\n')
    await input.setInputFiles(words)
    await expect
      .poll(
        () =>
          page
            .getByRole('alert')
            .allInnerTexts()
            .then((texts) => texts.join(' ')),
        PATIENT,
      )
      .toMatch(/notes\.txt/)
    const cut = join(folder, 'cut.pcapng')
    const whole = readFileSync(sample)
    writeFileSync(cut, whole.subarray(0, Math.floor(whole.length / 2) + 3))
    await page.locator('input[type=file]').first().setInputFiles(cut)
    await page.getByRole('option', { name: /MPTCP/ }).first().waitFor({ timeout: 20_000 })
    await expect.poll(() => page.locator('body').innerText(), PATIENT).toMatch(/ends inside|cut/i)
    expect(await violations(page)).toEqual([])
  })
})
