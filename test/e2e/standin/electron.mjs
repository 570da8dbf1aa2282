/**
 * A stand-in for the `electron` module, for machines where Electron's binary cannot be had: the compiled main process and preload run
 * unchanged, the window is Chromium through playwright-core, the preload lives in an isolated world. It proves our wiring: that the
 * page loads over the protocol handler, that calls and events cross the bridge, that files open. It proves nothing of Electron's
 * own sandbox, fuses, archive or native dialogs: those need the real binary.
 * The page can be reached by a test over CDP: the port is printed as `standin: PORT`.
 */
import { EventEmitter } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { inPage, inPreload } from './bridge.mjs'

/** app:// has no meaning to Chromium: the same paths under a name that never leaves the browser. */
const SHOWN = 'http://rehome.localhost'
const REAL = 'app://rehome'
const toShown = (url) => url.replace(REAL, SHOWN)
const toReal = (url) => url.replace(SHOWN, REAL)

const handlers = new Map()
const schemes = new Map()

class App extends EventEmitter {
  quitting = false
  requestSingleInstanceLock() {
    return true
  }
  async whenReady() {}
  getVersion() {
    return '0.0.0'
  }
  quit() {
    if (this.quitting) return
    let prevented = false
    this.emit('will-quit', {
      preventDefault() {
        prevented = true
      },
    })
    if (prevented) return
    this.quitting = true
    this.emit('quit')
    setTimeout(() => process.exit(0), 500).unref()
  }
}
export const app = new App()

export const ipcMain = {
  handle: (channel, listener) => void handlers.set(channel, listener),
}
export const protocol = {
  registerSchemesAsPrivileged() {},
  handle: (scheme, handler) => void schemes.set(scheme, handler),
}
export const session = { defaultSession: { setPermissionRequestHandler() {}, setPermissionCheckHandler() {} } }
export const Menu = { setApplicationMenu() {}, buildFromTemplate: (template) => template }
export const dialog = {
  async showOpenDialog() {
    const path = process.env.REHOME_STANDIN_DIALOG
    return path ? { canceled: false, filePaths: [path] } : { canceled: true, filePaths: [] }
  },
  async showSaveDialog() {
    const path = process.env.REHOME_STANDIN_SAVE
    return path ? { canceled: false, filePath: path } : { canceled: true, filePath: '' }
  },
}

class WebContents extends EventEmitter {
  page = null
  /** shows the page anew where the process that drew it is gone */
  renew = null
  cdp = null
  preloadContext = null
  setWindowOpenHandler() {}
  reload() {
    if (this.page === null) void this.renew?.()
    else void this.page.reload()
  }
  send(channel, ...args) {
    this.run(`__standinPush(${JSON.stringify(channel)}, ${JSON.stringify(args)})`)
  }
  run(expression) {
    if (this.preloadContext === null || this.cdp === null) return
    this.cdp.send('Runtime.evaluate', { expression, contextId: this.preloadContext }).catch(() => {})
  }
}

export class BrowserWindow extends EventEmitter {
  webContents = new WebContents()
  destroyed = false
  constructor(options) {
    super()
    this.options = options
  }
  show() {}
  focus() {}
  restore() {}
  isMinimized() {
    return false
  }
  isDestroyed() {
    return this.destroyed
  }

  async loadURL(url) {
    const { webPreferences, width, height } = this.options
    if (!webPreferences.sandbox || !webPreferences.contextIsolation || webPreferences.nodeIntegration)
      throw new Error('the page must be sandboxed and isolated')
    const profile = mkdtempSync(join(tmpdir(), 'rehome-standin-'))
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.REHOME_CHROMIUM,
      headless: true,
      viewport: { width, height },
      args: [
        '--no-sandbox',
        '--test-type',
        '--remote-debugging-port=0',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    })
    const close = async () => {
      this.destroyed = true
      await context.close().catch(() => {})
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    }
    app.once('quit', () => close().then(() => process.exit(0)))
    for (const name of ['SIGTERM', 'SIGINT']) process.once(name, () => app.quit())
    let renewing = false
    this.webContents.renew = async () => {
      if (renewing) return
      renewing = true
      // Chromium may give the new page a process that was killed with the old one, until it has noticed: tried again a little later
      for (let tries = 0; tries < 30; tries++) {
        if (await this.showAnew(context, url)) break
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
      renewing = false
    }
    await this.showOn(context.pages()[0] ?? (await context.newPage()), url)
    this.emit('ready-to-show')
    process.stdout.write(`standin: ${readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]}\n`)
  }

  /** Whether a new page of `context` came to show `url`: not when its process was gone before it did, or it took more than 8 s. */
  async showAnew(context, url) {
    let page
    const opened = async () => {
      page = await context.newPage()
      const crashed = new Promise((resolve) => page.once('crash', () => resolve(false)))
      return Promise.race([this.showOn(page, url).then(() => true), crashed])
    }
    // of a page whose process dies at its birth `newPage()` never answers
    const late = new Promise((resolve) => setTimeout(() => resolve(false), 8_000).unref())
    const shown = await Promise.race([opened(), late]).catch(() => false)
    if (!shown) void page?.close().catch(() => {})
    return shown
  }

  async showOn(page, url) {
    const contents = this.webContents
    contents.page = page
    page.once('crash', () => {
      if (contents.page !== page) return
      Object.assign(contents, { page: null, cdp: null, preloadContext: null })
      contents.emit('render-process-gone', {}, { reason: 'killed' })
    })
    const cdp = await page.context().newCDPSession(page)
    contents.cdp = cdp
    cdp.on('Runtime.executionContextCreated', ({ context: created }) => {
      if (created.name === 'preload') contents.preloadContext = created.id
    })
    cdp.on('Runtime.bindingCalled', ({ name, payload }) => {
      if (name === '__standinIpc') void this.answer(JSON.parse(payload))
    })
    await cdp.send('Runtime.enable')
    await cdp.send('Page.enable')
    await cdp.send('Runtime.addBinding', { name: '__standinIpc', executionContextName: 'preload' })
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${inPage})()` })
    const preload = readFileSync(this.options.webPreferences.preload, 'utf8')
    const source = `(${inPreload})(${JSON.stringify(process.platform)});(function (require, module, exports) {${preload}\n})(require, module, exports)`
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source, worldName: 'preload' })
    await page.route('**/*', async (route) => {
      const request = route.request()
      const response = await schemes.get('app')(new Request(toReal(request.url())))
      await route.fulfill({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: Buffer.from(await response.arrayBuffer()),
      })
    })
    await page.goto(toShown(url))
  }

  async answer({ id, channel, args }) {
    let answer
    try {
      const handler = handlers.get(channel)
      if (handler === undefined) throw new Error(`no handler for '${channel}'`)
      answer = { ok: true, value: await handler({ senderFrame: { url: toReal(this.webContents.page?.url() ?? '') } }, ...args) }
    } catch (error) {
      answer = { ok: false, error: String(error) }
    }
    this.webContents.run(`__standinAnswer(${id}, ${JSON.stringify(answer)})`)
  }
}

export default { app, BrowserWindow, dialog, ipcMain, Menu, protocol, session }
