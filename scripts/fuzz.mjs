/** `npm run fuzz -- --packets N --seed S`: the hostile bench for as long as is wanted. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureReady, root } from './bootstrap.mjs'

const { values } = parseArgs({
  options: { packets: { type: 'string', default: '1000000' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
})
await ensureReady({ build: false })
process.stdout.write(`seed ${values.seed}\n`)
const env = { ...process.env, REHOME_STAGE: 'fuzz', REHOME_FUZZ_PACKETS: values.packets, REHOME_FUZZ_SEED: values.seed }
const child = spawn(join(root, 'node_modules', '.bin', 'vitest'), ['run', '--testTimeout', '36000000'], {
  cwd: root,
  env,
  stdio: 'inherit',
})
child.on('close', (code) => process.exit(code ?? 1))
