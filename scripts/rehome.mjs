#!/usr/bin/env node
/**
 * The command line on a clone: makes the tree ready when it is not (chatter on stderr), then runs the built CLI.
 * Costs a few milliseconds when everything is in place.
 */
import { ensureReady, SetupError } from './bootstrap.mjs'

// npm runs scripts in the package's folder: relative paths are meant from where the user stands.
if (process.env.npm_lifecycle_event === 'rehome' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)
try {
  // only `serve` shows the screens
  await ensureReady({ parts: process.argv.includes('serve') ? ['node', 'renderer'] : ['node'] })
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`rehome: ${error.message}\n`)
  process.exit(1)
}
const { main } = await import('../dist/cli/rehome.js')
await main(process.argv.slice(2))
