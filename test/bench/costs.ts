/**
 * Opens a capture once and prints its CPU seconds (user and system, those of the compiler's threads with them) and rows. `scripts/bench.mjs --costs`
 * bundles it as the product has it, without findings and without any analysis, and runs the three in turn.
 * Options: --file CAPTURE, or --make PACKETS: write the generated capture to this file first and stop.
 */
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { closeCapture, openCapture } from '../../main/engine/open.ts'
import { generate } from './generate.ts'

const { values } = parseArgs({ options: { file: { type: 'string' }, make: { type: 'string' } } })
const { file, make } = values
if (file === undefined) throw new Error('--file names the capture')
if (make !== undefined) generate(dirname(file), Number(make))
else {
  const capture = await openCapture([file])
  const { user, system } = process.cpuUsage()
  console.log(`${((user + system) / 1e6).toFixed(2)} ${capture.index.rows}`)
  closeCapture(capture)
}
