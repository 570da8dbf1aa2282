/** A capture that takes long to read: what there is of it shows meanwhile, in either window, and stays when its reading is given up. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generate } from '../bench/generate.ts'
import { type App, type HostName, openApp } from './app.ts'

const folder = mkdtempSync(join(tmpdir(), 'rehome-reading-'))
let file = ''
beforeAll(() => {
  file = generate(folder, 400_000)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const REST = 120_000

describe.each<HostName>(['browser', 'electron'])('%s', (host) => {
  test('sessions while it is read, all of them in the end', async () => {
    const app = await openApp(host, { file })
    const { page, errors } = app
    try {
      const heading = page.locator('.sidebar-head h2')
      await heading.filter({ hasText: 'so far' }).waitFor({ timeout: REST })
      await page.locator('[role=option]').first().waitFor({ timeout: REST })
      const early = await heading.innerText()
      await page.locator('[role=option]').first().click()
      const title = page.locator('#page h1')
      await title.filter({ hasNotText: 'Reading the capture' }).waitFor({ timeout: REST })
      await heading.filter({ hasNotText: 'so far' }).waitFor({ timeout: REST })
      const count = (text: string): number => Number(/[\d,]+/.exec(text)?.[0]?.replaceAll(',', ''))
      expect(count(await heading.innerText())).toBeGreaterThan(count(early))
      expect(await title.innerText()).not.toBe('')
      expect(errors).toEqual([])
    } finally {
      await app.close()
    }
  })

  test('what was read until it was given up', async () => {
    const app: App = await openApp(host, { file })
    const { page, errors } = app
    try {
      await page.locator('[role=option]').first().waitFor({ timeout: REST })
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByText('What is shown is of these alone').waitFor({ timeout: REST })
      await page.locator('.capture-line').click()
      await page.locator('#page h1').filter({ hasText: 'that were read' }).waitFor({ timeout: REST })
      expect(errors).toEqual([])
    } finally {
      await app.close()
    }
  })
})
