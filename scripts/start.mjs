/**
 * `npm start [-- FILE]`: sets itself up and shows the app on FILE, or on the bundled sample capture.
 * Electron when its binary is there; else the same screens from the browser host in an installed Chromium; else a printed URL.
 * Options: --host electron|chromium|url picks one; --netlink LOG, --keys FILE, --site FILE and --profile NAME go with FILE.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureReady, ensureSystem, findChromium, root, SetupError } from './bootstrap.mjs'

const fail = (line, code) => {
  process.stderr.write(`rehome: ${line}\n`)
  process.exit(code)
}

let options
try {
  options = parseArgs({
    allowPositionals: true,
    options: {
      host: { type: 'string' },
      netlink: { type: 'string' },
      keys: { type: 'string', multiple: true },
      site: { type: 'string' },
      profile: { type: 'string', multiple: true },
      port: { type: 'string' },
    },
  })
} catch (error) {
  fail(
    `${error.message}. Usage: npm start -- [FILE] [--host electron|chromium|url] [--netlink LOG] [--keys FILE] [--site FILE] [--profile NAME]`,
    2,
  )
}
const wanted = options.values.host ?? process.env.REHOME_HOST
if (wanted !== undefined && !['electron', 'chromium', 'url'].includes(wanted))
  fail(`--host is electron, chromium or url, not '${wanted}'`, 2)

/** Path of Electron's executable, only when it is on this disk: asking the package would try to download it. */
function electronBinary() {
  const folder = join(root, 'node_modules', 'electron')
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  const pathFile = join(folder, 'path.txt')
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : null
  if (name === null && override === undefined) return null
  const path = join(override ?? join(folder, 'dist'), name ?? 'electron')
  return existsSync(path) ? path : null
}

const sample = join(root, 'main', 'samples', 'mptcp-failover.pcapng')
const given = options.positionals[0]
/** npm runs scripts in the package's folder: relative paths are meant from where the user stands. */
const whole = (path) => (path === undefined ? undefined : resolve(process.env.INIT_CWD ?? process.cwd(), path))
const file = given === undefined ? sample : whole(given)
const netlink = whole(options.values.netlink) ?? (given === undefined ? sample.replace('.pcapng', '.netlink.txt') : undefined)
const keys = (options.values.keys ?? []).map(whole)
const site = whole(options.values.site)
// what is no path is the name of a preset
const profiles = (options.values.profile ?? []).map((name) => (existsSync(whole(name)) ? whole(name) : name))
const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)

try {
  const before = electronBinary()
  const needsChromium = wanted !== 'url' && wanted !== 'electron' && before === null && hasDisplay
  ensureSystem([...(needsChromium ? ['chromium'] : []), 'libpcap-dev'])
  await ensureReady()
} catch (error) {
  if (error instanceof SetupError) fail(error.message, 1)
  throw error
}

const electron = electronBinary()
if ((wanted ?? 'electron') === 'electron' && electron !== null && hasDisplay) {
  const side = [
    ...(netlink ? ['--netlink', netlink] : []),
    ...keys.flatMap((path) => ['--keys', path]),
    ...(site ? ['--site', site] : []),
    ...profiles.flatMap((name) => ['--profile', name]),
  ]
  const args = [root, ...side, file]
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const child = spawn(electron, [...sandbox, ...args], { stdio: 'inherit' })
  child.on('exit', (code) => process.exit(code ?? 1))
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => child.kill(name))
} else {
  if (wanted === 'electron')
    fail("Electron's binary is not here: run `node node_modules/electron/install.js` once where the network allows it, or drop --host", 1)
  await browserHost()
}

async function browserHost() {
  const { serve } = await import('../dist/main/browser-host.js')
  const served = await serve({ file, port: Number(options.values.port ?? 0), netlink, keys, site, profiles })
  const chromium = wanted === 'url' || !hasDisplay ? null : findChromium()
  process.stdout.write(`Rehome is at ${served.url}\n`)
  let window = null
  let closing = false
  const close = async (code) => {
    if (closing) return
    closing = true
    if (window !== null && window.exitCode === null && window.signalCode === null) {
      const gone = new Promise((resolve) => window.once('exit', resolve))
      window.kill()
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 3000))])
    }
    await served.close()
    process.exit(code)
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => close(0))
  if (chromium === null) {
    process.stderr.write('rehome: open that address in a browser on this machine; Ctrl+C ends\n')
    return
  }
  // A profile of its own: the window closes with the app, and no other browser session sees the capture.
  const profile = mkdtempSync(join(tmpdir(), 'rehome-window-'))
  process.once('exit', () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox', '--test-type'] : []
  const quiet = [
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  window = spawn(chromium, [`--app=${served.url}`, `--user-data-dir=${profile}`, '--window-size=1440,900', ...quiet, ...asRoot], {
    stdio: 'ignore',
  })
  window.on('error', () => process.stderr.write('rehome: the browser did not start; open the address above by hand\n'))
  window.on('exit', () => close(0))
}
