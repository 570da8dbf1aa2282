/**
 * Builds dist/ with Vite: `node scripts/build.mjs [--force] [node|preload|renderer]...`
 * A stamp of each part (names, sizes and times of its sources) makes an up-to-date build cost a few milliseconds to verify.
 * New files are put in place one by one, entries last: a program that is running keeps finding the chunks it was built with.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')

/** What each part is made of. A part whose `needs` file is not in the tree cannot be built and is said so. */
const PARTS = {
  node: {
    config: 'vite.node.config.ts',
    sources: ['main', 'dissectors', 'shared'],
    needs: 'main/hosts/cli/main.ts',
    made: 'cli/rehome.js',
  },
  preload: {
    config: 'vite.preload.config.ts',
    sources: ['main/hosts/electron', 'shared'],
    needs: 'main/hosts/electron/preload.ts',
    made: 'preload/preload.cjs',
  },
  renderer: {
    config: 'vite.renderer.config.ts',
    sources: ['renderer', 'shared'],
    needs: 'renderer/index.html',
    made: 'renderer/index.html',
  },
}
export const parts = Object.keys(PARTS)

function stampOf(name) {
  const { config, sources } = PARTS[name]
  const hash = createHash('sha256')
  const add = (path) => {
    const { size, mtimeMs } = statSync(join(root, path))
    hash.update(`${path}\0${size}\0${mtimeMs}\n`)
  }
  const walk = (folder) => {
    if (!existsSync(join(root, folder))) return
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isDirectory()) walk(`${folder}/${entry.name}`)
      else if (entry.isFile() && /\.(tsx?|jsx?|mjs|cjs|css|html|svg|json|png|woff2)$/.test(entry.name)) add(`${folder}/${entry.name}`)
    }
  }
  for (const path of ['package.json', 'package-lock.json', 'scripts/build.mjs', config]) add(path)
  for (const folder of sources) walk(folder)
  return hash.digest('hex')
}

const stampFile = (name) => join(dist, `.stamp-${name}`)
const partIsFresh = (name) =>
  existsSync(join(dist, PARTS[name].made)) && existsSync(stampFile(name)) && readFileSync(stampFile(name), 'utf8') === stampOf(name)
const canBeBuilt = (name) => existsSync(join(root, PARTS[name].needs))

/** Is every part that can be built up to date? */
export function isFresh(names = parts) {
  return names.every((name) => !canBeBuilt(name) || partIsFresh(name))
}

function filesUnder(folder, prefix = '') {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(folder, join(prefix, entry.name)) : [join(prefix, entry.name)],
  )
}

/** Moves a finished build into dist/: chunks first, entries last; chunks that nobody can still be loading are removed. */
function putInPlace(made) {
  const files = filesUnder(made)
  const isChunk = (file) => file.startsWith('chunks') || file.includes('assets')
  for (const file of [...files.filter(isChunk), ...files.filter((file) => !isChunk(file))]) {
    mkdirSync(dirname(join(dist, file)), { recursive: true })
    renameSync(join(made, file), join(dist, file))
  }
  for (const folder of new Set(files.filter(isChunk).map(dirname))) {
    for (const name of readdirSync(join(dist, folder))) {
      const path = join(dist, folder, name)
      if (!files.includes(join(folder, name)) && Date.now() - statSync(path).mtimeMs > 3_600_000)
        rmSync(path, { force: true, recursive: true })
    }
  }
}

/**
 * Builds a part into a folder. As for shipping, whoever builds: Vite, the transform of JSX and React itself ask NODE_ENV, which test runners
 * and shells set, and screens of which one was told otherwise than the others stay empty.
 */
export async function buildInto(name, outDir) {
  const vite = await import('vite')
  const before = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  try {
    await vite.build({
      configFile: join(root, PARTS[name].config),
      build: { outDir, emptyOutDir: false },
      logLevel: 'warn',
      customLogger: logger(vite),
    })
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  }
}

/** Builds the parts that are out of date (all of `names` when `force`). Throws when a build fails. */
export async function build({ names = parts, force = false, quiet = false } = {}) {
  const say = (line) => quiet || process.stderr.write(`rehome: ${line}\n`)
  for (const name of names.filter((part) => !canBeBuilt(part))) say(`${PARTS[name].needs} is missing: ${PARTS[name].made} is not built`)
  const wanted = names.filter((name) => canBeBuilt(name) && (force || !partIsFresh(name)))
  if (wanted.length === 0) return
  for (const name of wanted) {
    const begin = performance.now()
    const stamp = stampOf(name)
    const made = join(dist, `.making-${name}-${process.pid}`)
    mkdirSync(made, { recursive: true })
    try {
      await buildInto(name, name === 'renderer' ? join(made, 'renderer') : made)
      putInPlace(made)
      writeFileSync(stampFile(name), stamp)
      say(`built ${name} in ${Math.round(performance.now() - begin)} ms`)
    } finally {
      rmSync(made, { recursive: true, force: true })
    }
  }
}

/** Vite's words go to stderr whatever their level: stdout belongs to the program that was asked for. */
function logger(vite) {
  const base = vite.createLogger('warn')
  const write = (line) => process.stderr.write(`${line}\n`)
  return { ...base, info: () => {}, warn: write, warnOnce: write, error: write }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const asked = process.argv.slice(2)
  const names = asked.filter((name) => !name.startsWith('--'))
  const unknown = names.find((name) => !parts.includes(name))
  if (unknown !== undefined) {
    process.stderr.write(`rehome: no part is called '${unknown}': ${parts.join(', ')}\n`)
    process.exit(2)
  }
  try {
    await build({ names: names.length > 0 ? names : parts, force: asked.includes('--force') })
  } catch (error) {
    const words = error.message
      .replace(/\u001b\[[0-9;]*m/g, '')
      .split('\n')
      .filter((line) => /\S/.test(line) && !/^\s*[│╭╰─]/.test(line))
      .slice(0, 20)
    process.stderr.write(`rehome: ${words.join('\n').slice(0, 4000)}\n`)
    process.exitCode = 1
  }
}
