/**
 * Makes a fresh clone ready: packages from the lock file, system packages where this user may install them, a build.
 * Node built-ins only, since nothing else is there yet. All chatter goes to stderr; stdout belongs to whoever called.
 * Costs a few file checks when everything is in place.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const say = (line) => process.stderr.write(`rehome: ${line}\n`)

/** A failure with a sentence for people; callers print it and exit. */
export class SetupError extends Error {}

/** The first of `names` found on the PATH, as a full path; null when none is. */
export function onPath(...names) {
  for (const name of names)
    for (const folder of (process.env.PATH ?? '').split(delimiter))
      if (folder !== '' && existsSync(join(folder, name))) return join(folder, name)
  return null
}

/** Chromium or one of its kin, by its usual names; null when none is installed. */
export function findChromium() {
  const named = process.env.REHOME_CHROMIUM
  if (named) return existsSync(named) ? named : null
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
  return onPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge') ?? (existsSync(mac) ? mac : null)
}

const SYSTEM = {
  chromium: { why: 'shows the window when Electron is not there, and runs the end-to-end tests', present: () => findChromium() !== null },
  tshark: { why: 'the field-by-field agreement tests compare with it', present: () => onPath('tshark') !== null },
  tcpdump: { why: 'the tests of live capture run it as one of the sources', present: () => onPath('tcpdump') !== null },
  'libpcap-dev': {
    why: "builds the optional capture backend 'cap'",
    present: () => existsSync('/usr/include/pcap/pcap.h') || process.platform !== 'linux',
  },
}

/** What the scenarios of test/testbed run (its apt-packages.txt), each by a program or file of it. */
const TESTBED = {
  iproute2: 'ip',
  nftables: 'nft',
  ethtool: 'ethtool',
  'wireshark-common': 'capinfos',
  python3: 'python3',
  gcc: 'gcc',
  'libc6-dev': '/usr/include/stdlib.h',
  'libusrsctp-dev': '/usr/include/usrsctp.h',
  radvd: 'radvd',
  'dnsmasq-base': 'dnsmasq',
  'bind9-dnsutils': 'dig',
  'strongswan-charon': '/usr/lib/ipsec/charon',
  'strongswan-swanctl': 'swanctl',
  'libcharon-extra-plugins': '/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so',
  'libstrongswan-standard-plugins': '/usr/lib/ipsec/plugins/libstrongswan-openssl.so',
  'ngtcp2-client': 'gtlsclient',
  'ngtcp2-server': 'gtlsserver',
  openssl: 'openssl',
  'iputils-ping': 'ping',
  procps: 'sysctl',
}
export const testbedPackages = Object.keys(TESTBED)
for (const [name, part] of Object.entries(TESTBED)) {
  const places = part.startsWith('/') ? [part] : [`/usr/sbin/${part}`, `/sbin/${part}`]
  SYSTEM[name] = {
    why: 'scenarios of the testbed, which are played live, run it',
    present: () => places.some((path) => existsSync(path)) || onPath(part) !== null,
  }
}

/**
 * Installs the named system packages with apt-get when this is root on a Debian, else says in one message what to install.
 * Returns the names that are still missing.
 */
export function ensureSystem(names) {
  const missing = () => names.filter((name) => !SYSTEM[name].present())
  let open = missing()
  if (open.length === 0) return open
  const apt = onPath('apt-get')
  if (apt !== null && process.getuid?.() === 0) {
    say(`installing ${open.join(', ')} with apt-get`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const run = (...args) => spawnSync(apt, args, { stdio: ['ignore', 2, 2], env }).status === 0
    run('update', '-qq')
    run('install', '-y', '-qq', '--no-install-recommends', ...open)
    open = missing()
  }
  if (open.length > 0) {
    const reasons = open.map((name) => `${name} (${SYSTEM[name].why})`).join('; ')
    say(`missing: ${reasons}. Install with: sudo apt-get install ${open.join(' ')}`)
  }
  return open
}

/** Hash of the lock file and of the Node version that native code was built for. */
function installedMark() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return createHash('sha256').update(lock).update(process.versions.modules).digest('hex')
}

const MARK = join(root, 'node_modules', '.rehome-installed')

function packagesReady() {
  if (existsSync(MARK)) return readFileSync(MARK, 'utf8') === installedMark()
  if (!installedAsLocked(root)) return false
  try {
    writeFileSync(MARK, installedMark())
  } catch {
    // packages that this user may not write to are as good
  }
  return true
}

/**
 * Do the packages of `folder` stem from its lock file? npm writes what it put there to `node_modules/.package-lock.json` when all is in place,
 * so that a plain `npm ci` counts as much as ours. What is optional may be missing: it does not exist for every platform.
 */
export function installedAsLocked(folder) {
  const packages = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8')).packages
  try {
    const there = packages('node_modules/.package-lock.json')
    return Object.entries(packages('package-lock.json')).every(([path, locked]) => {
      if (path === '') return true
      const found = there[path]
      if (found === undefined) return locked.optional === true || locked.devOptional === true
      return found.version === locked.version && found.integrity === locked.integrity && existsSync(join(folder, path))
    })
  } catch {
    return false // no such files, or no JSON in them: nobody finished an installation here
  }
}

/** The `npm` that belongs to this Node, or the one that called us. */
function npm(args) {
  const env = { ...process.env, npm_config_nodedir: dirname(dirname(process.execPath)) }
  for (const key of Object.keys(env)) if (/^npm_(lifecycle|package)_/.test(key)) delete env[key]
  const cli = process.env.npm_execpath
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []]
  return spawnSync(command, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2], env, shell: command.endsWith('.cmd') }).status === 0
}

function installPackages() {
  if (packagesReady()) return
  say('installing packages (once, about half a minute)')
  if (!npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']))
    throw new SetupError('npm ci failed: see its words above; the registry must be reachable once. Then run the same command again.')
  writeFileSync(MARK, installedMark())
}

/** One set-up at a time in this folder: others wait for it rather than work on half a tree. */
function locked(work) {
  const lock = join(root, '.rehome-setup-lock')
  const until = Date.now() + 10 * 60_000
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch {
      let age = 0
      try {
        age = Date.now() - statSync(lock).mtimeMs
      } catch {
        continue // it was released in between
      }
      if (age > 10 * 60_000) rmSync(lock, { recursive: true, force: true })
      else if (Date.now() > until) throw new SetupError(`another set-up holds ${lock}; remove that folder if none is running`)
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
  const release = () => rmSync(lock, { recursive: true, force: true })
  process.once('exit', release)
  const interrupted = () => process.exit(130)
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    return work()
  } finally {
    release()
    process.removeListener('exit', release)
    process.removeListener('SIGINT', interrupted)
    process.removeListener('SIGTERM', interrupted)
  }
}

/** Packages installed and `parts` of the build (all of them unless named) up to date. `build` false skips the build. Throws SetupError. */
export async function ensureReady({ build = true, parts = undefined } = {}) {
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 20) throw new SetupError(`Node 20 or newer is needed, this is ${process.versions.node}`)
  if (!packagesReady()) locked(installPackages)
  if (!build) return
  const builder = await import('./build.mjs')
  if (builder.isFresh(parts)) return
  await locked(() => {
    if (builder.isFresh(parts)) return
    // In a process of its own: the bundler's memory does not stay with the program that was asked for.
    const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs'), ...(parts ?? [])], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    })
    if (status !== 0) throw new SetupError('the build failed: see above')
  })
}
