/**
 * The Electron window: one sandboxed page served over `app://`, one engine in a worker thread, one IPC channel each way.
 * Everything the page asks goes through the contract's `dispatch()` in the engine; here is only what needs the desktop:
 * window, menu, file dialog, files dropped on the dock or given on the command line.
 */
import { readFile } from 'node:fs/promises'
import { dirname, extname, join, normalize, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, dialog, type IpcMainInvokeEvent, ipcMain, Menu, protocol, session } from 'electron'
import { type CallName, eventNames } from '../../../shared/contract.ts'
import { startEngine } from '../../engine/client.ts'
import { resolveProfile } from '../../profiles/load.ts'
import { replacingOnly } from '../replacing.ts'
import { fileFromArguments, type GivenFile } from './arguments.ts'
import { menuTemplate } from './menu.ts'

const here = dirname(fileURLToPath(import.meta.url))
const screens = join(here, '..', 'renderer')
const ORIGIN = 'app://rehome'
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}
const POLICY =
  "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'"

// Before `ready`: a standard, secure scheme, so that the page has an origin and file:// privileges can stay off.
protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }])

const engine = startEngine()
let window: BrowserWindow | null = null

/** Answers app:// requests from the folder of built screens and from nowhere else. */
async function serveScreens(request: Request): Promise<Response> {
  const url = new URL(request.url)
  const path = normalize(join(screens, url.pathname === '/' ? 'index.html' : decodeURIComponent(url.pathname)))
  const type = TYPES[extname(path)]
  if (url.host !== 'rehome' || !path.startsWith(screens + sep) || type === undefined) return new Response('not found', { status: 404 })
  try {
    const headers = { 'Content-Type': type, 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' }
    return new Response(new Uint8Array(await readFile(path)), { headers })
  } catch {
    return new Response('not found', { status: 404 })
  }
}

/** Only our own page may call: a frame of anything else, had one been opened, gets nothing. */
function fromOurPage(event: IpcMainInvokeEvent): boolean {
  return event.senderFrame?.url.startsWith(`${ORIGIN}/`) === true
}

/** `folder`: where relative paths of the command line are meant from */
function openGiven(given: GivenFile, folder: string): void {
  if (given.file === null) return
  const whole = (path: string): string => resolve(folder, path)
  void engine.send('open', {
    path: whole(given.file),
    netlink: given.netlink === null ? undefined : whole(given.netlink),
    keys: given.keys.map(whole),
    site: given.site === null ? undefined : whole(given.site),
    profiles: given.profiles.map((name) => resolveProfile(name, folder)),
  })
}

function openFile(path: string): void {
  void engine.send('open', { path: resolve(path) })
}

async function askForFile(): Promise<string | null> {
  const options: Electron.OpenDialogOptions = {
    title: 'Open capture',
    properties: ['openFile'],
    filters: [
      { name: 'Captures', extensions: ['pcap', 'pcapng', 'cap', 'dmp', 'gz', 'ntar'] },
      { name: 'All files', extensions: ['*'] },
    ],
  }
  const chosen = await (window === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(window, options))
  return chosen.canceled ? null : (chosen.filePaths[0] ?? null)
}

/** Files that a person has chosen to write, and, where they existed, to replace: the page may name these and no others for that. */
const chosenToWrite = new Set<string>()

async function askWhereTo(name: string): Promise<string | null> {
  const pcap = { name: 'pcap captures', extensions: ['pcap'] }
  const pcapng = { name: 'pcapng captures', extensions: ['pcapng'] }
  const options: Electron.SaveDialogOptions = {
    title: 'Save capture',
    defaultPath: name,
    filters: [name.endsWith('.pcap') ? pcap : pcapng],
  }
  const chosen = await (window === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(window, options))
  if (chosen.canceled || !chosen.filePath) return null
  chosenToWrite.add(chosen.filePath)
  return chosen.filePath
}

function createWindow(): void {
  window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    show: false,
    title: 'Rehome',
    backgroundColor: '#ffffff',
    webPreferences: {
      preload: join(here, '..', 'preload', 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  })
  window.once('ready-to-show', () => window?.show())
  window.on('closed', () => {
    window = null
  })
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.webContents.on('will-navigate', (event, url) => {
    if (!url.startsWith(`${ORIGIN}/`)) event.preventDefault()
  })
  // A crashed page comes back with the engine's state: the capture lives in the engine, not in the window.
  window.webContents.on('render-process-gone', () => {
    if (window !== null && !window.isDestroyed()) window.webContents.reload()
  })
  void window.loadURL(`${ORIGIN}/index.html`)
}

function start(): void {
  protocol.handle('app', serveScreens)
  // Our own page may say that something moved; nothing else is asked of the desktop.
  session.defaultSession.setPermissionRequestHandler((contents, permission, answer) =>
    answer(permission === 'notifications' && contents.getURL().startsWith(`${ORIGIN}/`)),
  )
  session.defaultSession.setPermissionCheckHandler(
    (_contents, permission, origin) => permission === 'notifications' && origin.startsWith(ORIGIN),
  )
  ipcMain.handle('rehome:call', (event, call: unknown, parameters: unknown) => {
    if (!fromOurPage(event)) return { ok: false, error: { code: 'bad-request', message: 'this page may not call the engine', hint: '' } }
    return engine.send(call as CallName, replacingOnly(chosenToWrite, call, parameters) as never)
  })
  ipcMain.handle('rehome:open-dialog', (event) => (fromOurPage(event) ? askForFile() : null))
  ipcMain.handle('rehome:save-dialog', (event, name: unknown) => (fromOurPage(event) ? askWhereTo(String(name)) : null))
  for (const event of eventNames) {
    engine.on(event, (value) => {
      if (window !== null && !window.isDestroyed()) window.webContents.send('rehome:event', event, value)
    })
  }
  const commands = {
    open: async () => {
      const path = await askForFile()
      if (path !== null) openFile(path)
    },
    page: (command: string) => window?.webContents.send('rehome:command', command),
  }
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, commands)))
  createWindow()
  const given = fileFromArguments(process.argv)
  if (given.file !== null) openGiven(given, process.cwd())
  else void engine.adopt()
}

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', (_event, argv, directory) => {
    const given = fileFromArguments(argv)
    openGiven(given, directory)
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  app.on('open-file', (event, path) => {
    event.preventDefault()
    openFile(path)
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  app.on('activate', () => {
    if (window === null) createWindow()
  })
  // A capture that runs is ended in order first: its last packets and statistics are written.
  let closed = false
  app.on('will-quit', (event) => {
    if (closed) return
    event.preventDefault()
    void engine.close().finally(() => {
      closed = true
      app.quit()
    })
  })
  void app.whenReady().then(start)
} else app.quit()
