/**
 * Speed and memory of open + index + contexts + detectors, as ratios that hold on a shared machine: packets per CPU second of this
 * process, growth of its memory, and CPU against `tshark -q -z io,phs` on the same file in the same run.
 * Options: --packets N (1,000,000), --file CAPTURE instead of a generated one, --no-tshark, --runs N (3), --open-only, --check (exit 1 below the targets).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { IndexColumns } from '../../main/engine/index-columns.ts'
import { closeCapture, openCapture } from '../../main/engine/open.ts'
import { compileOrFail, runFilter } from '../../main/engine/queries/filter.ts'
import { SessionOrder, sessionList } from '../../main/engine/queries/sessions.ts'
import { generate } from './generate.ts'

const TARGETS = { packetsPerCpuSecond: 250_000, againstTshark: 4, indexBytes: 48, processBytes: 120 }

const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '1000000' },
    file: { type: 'string' },
    'no-tshark': { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    check: { type: 'boolean', default: false },
    'open-only': { type: 'boolean', default: false },
  },
})
/** User and system seconds of a program of its own, as the shell counts them: /usr/bin/time is not everywhere. null: it is not there or failed. */
function secondsOf(...command: string[]): number | null {
  const run = spawnSync('bash', ['-c', `TIMEFORMAT='%U %S'; time "$@" > /dev/null 2> /dev/null`, 'bash', ...command], { encoding: 'utf8' })
  const times = /([\d.]+) ([\d.]+)\s*$/.exec(run.stderr)
  return run.status !== 0 || times === null ? null : Number(times[1]) + Number(times[2])
}

/** Lists of packets that the command line and tshark print from the same words. */
const FILTER = 'sctp.chunk_type == 4'
const LISTED = [['all of them'], ['by a filter', '-Y', FILTER], ['as columns', '-e', 'frame.number', '-e', 'ip.src', '-e', 'tcp.seq']]
/** The product's own command line, which lies beside the benchmark. */
const COMMAND = `import(${JSON.stringify(join(import.meta.dirname, 'cli', 'rehome.js'))}).then(({ main }) => main(['packets', ...process.argv.slice(1)]))`

const median = (list: number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] as number
const cpuSeconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

const folder = mkdtempSync(join(tmpdir(), 'rehome-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const path = values.file ?? generate(folder, Number(values.packets))
const before = process.memoryUsage().rss
const seconds: number[] = []
let packets = 0
let indexBytes = 0
let growth = 0
let heap = 0
let most = 0
for (let run = 0; run < Number(values.runs); run++) {
  const start = process.cpuUsage()
  const capture = await openCapture([path])
  seconds.push(cpuSeconds(start))
  packets = capture.index.rows
  indexBytes = capture.index.bytes / packets
  if (run === 0) {
    ;(globalThis as { gc?: () => void }).gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    growth = (rss - before) / packets
    heap = heapUsed
    most = process.resourceUsage().maxRSS * 1024
  }
  if (run === 0 && !values['open-only']) {
    const columns = new IndexColumns(capture)
    for (const text of ['sctp', 'sctp.chunk_type == 4', 'tcp.port == 443', 'ip.ttl == 1']) {
      const begin = process.cpuUsage()
      const rows = await runFilter(capture, columns, compileOrFail(text), new AbortController().signal)
      console.log(`filter  ${text.padEnd(24)} ${(cpuSeconds(begin) * 1000).toFixed(0)} CPU ms, ${rows.length} rows`)
    }
    const begin = process.cpuUsage()
    const { total } = sessionList(capture, new SessionOrder(capture), { offset: 0, limit: 500 })
    console.log(`sessions                         ${(cpuSeconds(begin) * 1000).toFixed(0)} CPU ms for 500 of ${total}`)
  }
  closeCapture(capture)
}
const own = median(seconds)
const rate = packets / own
console.log(`packets ${packets}, ${(statSync(path).size / 1e6).toFixed(0)} MB`)
console.log(
  `open + index + contexts          ${own.toFixed(2)} CPU s (${seconds.map((s) => s.toFixed(2)).join(', ')}): ${Math.round(rate).toLocaleString('en')} packets per CPU second`,
)
console.log(`index                            ${indexBytes.toFixed(1)} bytes a packet`)
console.log(`process growth                   ${growth.toFixed(1)} bytes a packet (after gc, whole process)`)
console.log(
  `process at most                  ${(most / 1e6).toFixed(0)} MB until the first opening was done, heap ${(heap / 1e6).toFixed(0)} MB after gc`,
)
const failures: string[] = []
if (rate < TARGETS.packetsPerCpuSecond)
  failures.push(`${Math.round(rate)} packets per CPU second, ${TARGETS.packetsPerCpuSecond} are asked`)
if (packets >= 500_000 && indexBytes > TARGETS.indexBytes)
  failures.push(`${indexBytes.toFixed(1)} index bytes a packet, at most ${TARGETS.indexBytes} are allowed`)
if (packets >= 500_000 && growth > TARGETS.processBytes)
  failures.push(`${growth.toFixed(1)} bytes a packet in all, at most ${TARGETS.processBytes} are allowed`)
if (!values['no-tshark']) {
  const theirs = secondsOf('tshark', '-n', '-q', '-r', path, '-z', 'io,phs')
  if (theirs === null) console.log('tshark is not there: no ratio')
  else {
    console.log(`tshark -z io,phs                 ${theirs.toFixed(2)} CPU s: ${(theirs / own).toFixed(1)} times ours`)
    if (theirs / own < TARGETS.againstTshark)
      failures.push(`${(theirs / own).toFixed(1)} times less CPU than tshark, ${TARGETS.againstTshark} are asked`)
    for (const [name, ...words] of LISTED) {
      const listed = [
        secondsOf('tshark', '-n', '-r', path, ...(words.includes('-e') ? ['-T', 'fields'] : []), ...words),
        secondsOf(process.execPath, '-e', COMMAND, path, ...words),
      ]
      if (listed[0] == null || listed[1] == null) failures.push(`${name}: one of the two could not be run`)
      else
        console.log(
          `packets ${name?.padEnd(24)} ${listed[1].toFixed(2)} CPU s, tshark ${listed[0].toFixed(2)}: ${(listed[0] / listed[1]).toFixed(1)} times ours`,
        )
    }
  }
}
for (const words of failures) console.log(`below target: ${words}`)
if (values.check && failures.length > 0) process.exitCode = 1
