/**
 * What protocols cost where they do not occur: the first pass without contexts over a capture of TCP, MPTCP, SCTP, UDP, ICMPv6 and fragments, with
 * every dissector, with those few alone, and with those few and no recognisers. All take the same 250 packets, one right after the other, so that
 * what else the machine does hits all; CPU time, the median of the ratios of all turns.
 * Options: --packets N (40,000), --passes N (5), --mix LIST (what the generator makes), and the bundles that `scripts/bench.mjs` makes: --all FILE
 * --core FILE --bare FILE.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { readCapture } from '../../main/files/reader.ts'
import type { MeasuredPass } from './first-pass.ts'
import { generate } from './generate.ts'

const TURN = 250
/** passes until all are compiled */
const WARM = 3

const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '40000' },
    passes: { type: 'string', default: '5' },
    mix: { type: 'string', default: 'quic=0,esp=0,mip6=0' },
    all: { type: 'string' },
    core: { type: 'string' },
    bare: { type: 'string' },
  },
})

async function passOf(bundle: string | undefined): Promise<new () => MeasuredPass> {
  if (bundle === undefined) throw new Error('--all, --core and --bare name the bundles: npm run bench makes them')
  return (await import(pathToFileURL(bundle).href)).MeasuredPass
}

const folder = mkdtempSync(join(tmpdir(), 'rehome-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const path = generate(folder, Number(values.packets), ['--mix', values.mix])
const makers = [await passOf(values.all), await passOf(values.core), await passOf(values.bare)]

/** The whole capture once: for every turn the times of all three. */
async function pass(turns: number[][]): Promise<void> {
  ;(globalThis as { gc?: () => void }).gc?.()
  const passes = makers.map((Pass) => new Pass())
  let first = 0
  await readCapture(path, (batch, facts) => {
    for (let from = 0; from < batch.count; from += TURN) {
      const to = Math.min(from + TURN, batch.count)
      const before = passes.map((one) => one.cpuMicroseconds)
      // whoever goes first is not always the same one
      for (let i = 0; i < passes.length; i++) (passes[(first + i) % passes.length] as MeasuredPass).take(batch, facts, from, to)
      first++
      if (to - from === TURN) turns.push(passes.map((one, i) => one.cpuMicroseconds - (before[i] as number)))
    }
  })
  const work = new Set(passes.map((one) => one.work()))
  if (work.size !== 1) throw new Error(`they did not all do the same work: ${[...work].join('; ')}`)
}

for (let i = 0; i < WARM; i++) await pass([])
const turns: number[][] = []
for (let n = 0; n < Number(values.passes); n++) await pass(turns)

function print(words: string, one: number, other: number): void {
  const ratios = turns.map((times) => (times[one] as number) / (times[other] as number)).sort((a, b) => a - b)
  const at = (share: number): string => (ratios[Math.floor(ratios.length * share)] as number).toFixed(3)
  console.log(
    `${words.padEnd(32)} ${at(0.5)} times the first pass without (${ratios.length} turns, middle half ${at(0.25)} to ${at(0.75)})`,
  )
}
print('protocols that do not occur', 0, 1)
print('and recognisers of the unknown', 0, 2)
