/** The packet list in a person's hands, over both hosts: columns of their own, filters out of menus, several packets selected, and saved. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readPath } from '../main/files/read-all.ts'
import { type App, type HostName, openApp, root } from './app.ts'

const sample = join(root, 'main', 'samples', 'mptcp-failover.pcapng')
/** polls wait longer than the default second: a second core may be busy */
const PATIENT = { timeout: 10_000 }
const axe = readFileSync(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const run = (window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe
    return (await run.run()).violations.map((entry) => `${entry.id}: ${entry.nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`)
  })
}

describe.each<HostName>(['browser', 'electron'])('packets on the %s host', (host) => {
  let app: App
  let page: Page
  const folder = mkdtempSync(join(tmpdir(), 'rehome-packets-'))
  const chosen = join(folder, 'chosen.pcapng')
  beforeAll(async () => {
    // where the stand-in's dialog of the system says to save
    process.env.REHOME_STANDIN_SAVE = chosen
    app = await openApp(host, { file: sample })
    page = app.page
    await page.locator('#packet-row-4').waitFor()
  })
  afterAll(async () => {
    delete process.env.REHOME_STANDIN_SAVE
    await app?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const heads = () =>
    page.locator('.packet-columns [role=columnheader]').evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label')))
  const widthOf = async (id: string) => Math.round((await page.locator(`[data-column="${id}"]`).boundingBox())?.width ?? 0)
  const filterText = () => page.getByRole('combobox').inputValue()
  const rows = () => page.getByRole('grid', { name: /Packets/ }).getAttribute('aria-label')

  test('a field of the tree becomes a column, whose cells make filters', async () => {
    // the row is there before its texts are
    await expect.poll(() => page.locator('#packet-row-10 .of-protocol').innerText(), PATIENT).toBe('MPTCP')
    await page.locator('#packet-row-10').click()
    await page.getByRole('treeitem', { name: /^Internet Protocol Version 6/ }).dblclick()
    await page.getByRole('treeitem', { name: /^Hop limit/i }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: /^Apply as column/ }).click()
    await expect
      .poll(heads, PATIENT)
      .toEqual(['frame number', 'time', 'interface', 'source', 'destination', 'protocol', 'length', 'ipv6.hlim', 'info'])
    const cell = page.locator('#packet-row-10 .of-field')
    await expect.poll(() => cell.innerText(), PATIENT).toBe('64')
    await cell.click({ button: 'right' })
    await page.getByRole('menuitem', { name: /^Prepare as filter/ }).click()
    await page.getByRole('menuitem', { name: 'Not selected', exact: true }).click()
    await expect.poll(filterText, PATIENT).toBe('not (ipv6.hlim == 64)')
    // prepared, and nothing more
    expect(await rows()).toMatch(/1,621 rows/)
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('filter-input')
    await page.keyboard.press('Enter')
    await expect.poll(rows, PATIENT).not.toMatch(/1,621 rows/)
    await page.locator('#packet-row-0 .of-protocol').click({ button: 'right' })
    await page.getByRole('menuitem', { name: /^Apply as filter/ }).click()
    await page.getByRole('menuitem', { name: '… and selected', exact: true }).click()
    await expect.poll(filterText, PATIENT).toBe('(not (ipv6.hlim == 64)) and icmpv6')
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await expect.poll(rows, PATIENT).toMatch(/1,621 rows/)
  })

  test('columns are sized, fitted, moved and removed by pointer and by keys, and are remembered', async () => {
    const before = await widthOf('source')
    const edge = (await page.locator('[data-column="source"] .column-edge').boundingBox())!
    await page.mouse.move(edge.x + 4, edge.y + 8)
    await page.mouse.down()
    await page.mouse.move(edge.x + 44, edge.y + 8, { steps: 4 })
    await page.mouse.up()
    expect(await widthOf('source')).toBe(before + 40)
    await page.locator('[data-column="source"] .column-edge').dblclick()
    expect(await widthOf('source')).not.toBe(before + 40)

    const name = (await page.locator('[data-column="protocol"]').boundingBox())!
    const target = (await page.locator('[data-column="source"]').boundingBox())!
    await page.mouse.move(name.x + 12, name.y + 8)
    await page.mouse.down()
    await page.mouse.move(target.x + 20, target.y + 8, { steps: 6 })
    await page.mouse.up()
    await expect
      .poll(heads, PATIENT)
      .toEqual(['frame number', 'time', 'interface', 'protocol', 'source', 'destination', 'length', 'ipv6.hlim', 'info'])
    await page.locator('[data-column="protocol"]').focus()
    await page.keyboard.press('Alt+ArrowRight')
    await page.keyboard.press('Alt+ArrowRight')

    await page.locator('#packet-list').focus()
    await page.keyboard.press('Tab')
    const at = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset.column)
    await page.keyboard.press('Home')
    await expect.poll(at, PATIENT).toBe('number')
    await page.keyboard.press('ArrowRight')
    await expect.poll(at, PATIENT).toBe('time')
    const time = await widthOf('time')
    await page.keyboard.press('Shift+ArrowRight')
    await expect.poll(() => widthOf('time'), PATIENT).toBe(time + 8)
    await page.keyboard.press('Alt+ArrowLeft')
    await expect.poll(at, PATIENT).toBe('time')
    expect((await heads()).slice(0, 2)).toEqual(['time', 'frame number'])
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(at, PATIENT).toBe('field:ipv6.hlim')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(at, PATIENT).toBe('length')
    await page.keyboard.press('Delete')
    await expect
      .poll(heads, PATIENT)
      .toEqual(['time', 'frame number', 'interface', 'source', 'destination', 'protocol', 'ipv6.hlim', 'info'])
    await expect.poll(at, PATIENT).toBe('field:ipv6.hlim')
    expect(await violations(page)).toEqual([])

    await page.reload()
    await page.locator('#packet-row-4').waitFor()
    expect((await heads()).slice(0, 2)).toEqual(['time', 'frame number'])
    expect(await widthOf('time')).toBe(time + 8)
    await expect.poll(() => page.locator('#packet-row-10 .of-field').innerText(), PATIENT).toBe('64')
    await page.locator('[data-column="time"]').click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Columns as they were at first' }).click()
    await expect.poll(heads, PATIENT).toHaveLength(8)
  })

  test('packets are marked, stepped through, filtered by and copied', async () => {
    await page.evaluate(() => {
      const copied: string[] = []
      Object.assign(window, { copied })
      Object.defineProperty(navigator, 'clipboard', { value: { writeText: (text: string) => copied.push(text) }, configurable: true })
    })
    await page.locator('#packet-row-4').click()
    await page.locator('#packet-list').focus()
    await page.keyboard.press('Control+m')
    await page.locator('#packet-row-7').click()
    await page.locator('#packet-row-9').click({ modifiers: ['Shift'] })
    await page.keyboard.press('Control+m')
    await expect.poll(() => page.locator('.packet-row.marked').count(), PATIENT).toBe(4)
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Home')
    await expect.poll(() => page.locator('.details-head b').innerText(), PATIENT).toBe('Frame 1')
    const walk: (string | null)[] = []
    for (const key of ['n', 'n', 'N', 'N']) {
      const before = await page.locator('.details-head b').innerText()
      await page.keyboard.press(key)
      await expect.poll(() => page.locator('.details-head b').innerText(), PATIENT).not.toBe(before)
      walk.push(await page.locator('.details-head b').innerText())
    }
    expect(walk).toEqual(['Frame 5', 'Frame 8', 'Frame 5', 'Frame 10'])
    await page.keyboard.press('Control+c')
    await page.keyboard.press('Control+Shift+c')
    await page.keyboard.press('Enter')
    await page.getByRole('treeitem', { name: /^Internet Protocol Version 6/ }).click()
    await page.keyboard.press('Control+c')
    await expect.poll(() => page.evaluate(() => (window as unknown as { copied: string[] }).copied.length), PATIENT).toBe(3)
    const [line, filter, field] = await page.evaluate(() => (window as unknown as { copied: string[] }).copied)
    expect(line?.split('\t')[0]).toBe('10')
    expect(filter).toBe('frame.number == 10')
    expect(field).toMatch(/^Internet Protocol Version 6/)
    await page.locator('#packet-row-4').click({ button: 'right' })
    await page.getByRole('menuitem', { name: /^Filter: marked packets/ }).click()
    await expect.poll(filterText, PATIENT).toBe('frame.number in {5, 8 .. 10}')
    await expect.poll(rows, PATIENT).toMatch(/4 rows/)
    await page.locator('#packet-row-1').click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Unmark all' }).click()
    await expect.poll(() => page.locator('.packet-row.marked').count(), PATIENT).toBe(0)
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await expect.poll(rows, PATIENT).toMatch(/1,621 rows/)
  })

  test('several packets are selected and saved', async () => {
    await page.locator('#packet-list').focus()
    await page.keyboard.press('Home')
    await expect.poll(() => page.locator('.details-head b').innerText(), PATIENT).toBe('Frame 1')
    await page.locator('#packet-row-4').click()
    await page.locator('#packet-row-8').click({ modifiers: ['Shift'] })
    await expect.poll(() => page.getByRole('row', { selected: true }).count(), PATIENT).toBe(5)
    await page.locator('#packet-list').focus()
    await page.keyboard.press('Shift+ArrowDown')
    await expect.poll(() => page.getByRole('row', { selected: true }).count(), PATIENT).toBe(6)
    await page.keyboard.press('Control+s')
    const dialog = page.getByRole('dialog', { name: 'Save packets' })
    await dialog.getByText('from frame 5 to 10').waitFor()
    await dialog.getByText('6 packets, about').waitFor()
    expect(await violations(page)).toEqual([])
    const file = host === 'browser' ? page.waitForEvent('download') : null
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await dialog.getByText(/^6 packets saved/).waitFor()
    const path = file === null ? chosen : await (await file).path()
    const { packets, facts } = await readPath(path)
    const whole = await readPath(sample)
    expect(packets.map(({ time, data }) => [time + Number(facts.baseNanoseconds - whole.facts.baseNanoseconds), data.length])).toEqual(
      whole.packets.slice(4, 10).map(({ time, data }) => [time, data.length]),
    )
    expect(facts.interfaces.map(({ name }) => name)).toEqual(['upA', 'upB'])

    // all of it, over the file that is there already: the dialog of the system has asked
    await dialog.getByRole('radio', { name: 'All' }).check()
    await dialog.getByText('1,621 packets, about').waitFor()
    const again = host === 'browser' ? page.waitForEvent('download') : null
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await dialog.getByText(/^1,621 packets saved/).waitFor()
    expect((await readPath(again === null ? chosen : await (await again).path())).packets.length).toBe(1621)
    expect(existsSync(chosen)).toBe(host === 'electron')
    await dialog.getByLabel('Frames to save').fill('5-3')
    await dialog.getByText(/ends before it begins/).waitFor()
    expect(await dialog.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('packet-list')
    expect(app.errors).toEqual([])
  })
})
