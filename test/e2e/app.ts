/**
 * Starts the app for an end-to-end test, over either host, and gives a page of it. Everything started is ended by `close()`.
 * The tests are the same for both: the contract is one, the hosts are transports.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { findChromium } from '../../scripts/bootstrap.mjs'

export const root = join(import.meta.dirname, '..', '..')
const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--test-type',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

export interface App {
  page: Page
  /** console errors and uncaught exceptions of the page */
  errors: string[]
  /** kill -9 of the processes that draw the page; resolves with the page that stands in its place */
  killPage(): Promise<Page>
  /** kill -9 of the host; its browser goes with it */
  killHost(): Promise<void>
  close(): Promise<void>
}

export type HostName = 'browser' | 'electron'

/** Resolves with the first match of `pattern` in the child's output; rejects when it ends or takes longer than 60 s. */
function said(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => reject(new Error(`nothing like ${pattern} within 60 s:\n${output}`)), 60_000)
    const take = (chunk: Buffer): void => {
      output += chunk
      const match = pattern.exec(output)
      if (match === null) return
      clearTimeout(timer)
      resolve(match)
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.on('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`ended with ${code}:\n${output}`))
    })
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  await gone
  clearTimeout(timer)
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await gone
}

/** kill -9 of every process of the browser that draws pages; resolves when the page is known to be gone. */
async function killRenderers(browser: Browser, page: Page): Promise<void> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const crashed = page.waitForEvent('crash', { timeout: 60_000 })
  for (const { type, id } of processInfo) if (type === 'renderer') process.kill(id, 'SIGKILL')
  await crashed
  await session.detach()
}

/** Whether a page has come to draw the app; one that was given a process already killed never does. */
async function alive(page: Page): Promise<boolean> {
  return page.waitForSelector('main', { timeout: 8_000 }).then(
    () => true,
    () => false,
  )
}

/**
 * A page of ours in the place of one that was killed: what `open` gives, once it draws. Chromium may give a new page a process that
 * was killed with the old one, until it has noticed; a page whose process dies at its birth is never given at all.
 */
async function standsIn(open: () => Promise<Page | undefined>): Promise<Page> {
  const until = Date.now() + 60_000
  while (Date.now() < until) {
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 8_000).unref())
    const page = await Promise.race([open().catch(() => undefined), late])
    if (page !== undefined && (await alive(page))) return page
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('the window did not come back within 60 s')
}

function chromiumPath(): string {
  const path = findChromium()
  if (path === null) throw new Error('no Chromium is installed: the end-to-end tests need one (apt-get install chromium)')
  return path
}

function listen(page: Page, errors: string[] = []): string[] {
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  return errors
}

export interface Options {
  /** capture to open; null: the empty app */
  file: string | null
  netlink?: string
  dark?: boolean
  width?: number
  height?: number
}

export async function openApp(host: HostName, options: Options): Promise<App> {
  return host === 'browser' ? openBrowserHost(options) : openElectron(options)
}

async function openBrowserHost({ file, netlink, dark, width = 1440, height = 900 }: Options): Promise<App> {
  const words = [...(netlink ? ['--netlink', netlink] : []), ...(file === null ? [] : [file])]
  const child = spawn(process.execPath, ['scripts/rehome.mjs', 'serve', ...words], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let browser: Browser | null = null
  try {
    const [, url] = await said(child, /(http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+)/)
    browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' })
    const page = await context.newPage()
    const errors = listen(page)
    await page.goto(url as string)
    const opened = browser
    return {
      page,
      errors,
      async killPage() {
        await killRenderers(opened, page)
        return standsIn(async () => {
          const next = await context.newPage()
          listen(next, errors)
          await next.goto(new URL(url as string).origin)
          return next
        })
      },
      async killHost() {
        await killed(child)
        await opened.close()
      },
      async close() {
        await opened.close()
        await end(child)
      },
    }
  } catch (error) {
    await browser?.close()
    await end(child)
    throw error
  }
}

/** The compiled Electron main process, on the stand-in where Electron's binary is not to be had. */
async function openElectron({ file, netlink, dark }: Options): Promise<App> {
  const words = [...(netlink ? ['--netlink', netlink] : []), ...(file === null ? [] : [file])]
  const child = spawn(process.execPath, ['--import', './test/e2e/standin/register.mjs', 'dist/main/electron.js', ...words], {
    cwd: root,
    env: { ...process.env, REHOME_CHROMIUM: chromiumPath() },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let browser: Browser | null = null
  try {
    const [, port] = await said(child, /standin: (\d+)/)
    browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`)
    const connected = browser
    const shown = (before?: Page): Page | undefined =>
      connected
        .contexts()
        .flatMap((context) => context.pages())
        .findLast((candidate) => candidate !== before && candidate.url().includes('rehome.localhost'))
    const page = shown()
    if (page === undefined) throw new Error('the window shows no page of ours')
    if (dark) await page.emulateMedia({ colorScheme: 'dark' })
    const errors = listen(page)
    return {
      page,
      errors,
      async killPage() {
        await killRenderers(connected, page)
        const next = await standsIn(async () => shown(page))
        listen(next, errors)
        return next
      },
      async killHost() {
        await killed(child)
        await connected.close()
      },
      async close() {
        await connected.close()
        await end(child)
      },
    }
  } catch (error) {
    await browser?.close()
    await end(child)
    throw error
  }
}
