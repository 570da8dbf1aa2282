/**
 * Is a capture filter understood? Asked of the program that will capture, which compiles it without capturing. What cannot be asked
 * beforehand (no permission, another machine, a file that is followed) is not claimed: the start will tell.
 */
import { execFile } from 'node:child_process'
import type { LiveBackend } from '../../shared/live.ts'
import { plainText } from '../export/escape.ts'
import { findProgram } from './permissions.ts'
import type { CaptureProblem } from './source.ts'

export type FilterCheck = { checked: boolean; words: string; problem: CaptureProblem | null }

const PATIENCE = 5_000

export async function checkFilter(
  filter: string,
  interfaceName: string | undefined,
  backend: LiveBackend | undefined,
): Promise<FilterCheck> {
  if (filter.trim() === '') return { checked: true, words: 'everything is captured', problem: null }
  if (backend === 'ssh' || backend === 'follow')
    return { checked: false, words: `the filter is checked when the capture begins${backend === 'ssh' ? ' there' : ''}`, problem: null }
  for (const name of backend === 'tcpdump' ? (['tcpdump', 'dumpcap'] as const) : (['dumpcap', 'tcpdump'] as const)) {
    const found = findProgram(name)
    if (!found?.executable || interfaceName?.startsWith('-')) continue
    const on = interfaceName === undefined ? [] : ['-i', interfaceName]
    const { code, text } = await run(found.path, name === 'dumpcap' ? ['-d', ...on, '-f', filter] : ['-d', ...on, '--', filter])
    // dumpcap says it and ends with 0 all the same
    if (code === 0 && !/invalid capture filter/i.test(text))
      return {
        checked: true,
        words: `understood: ${plural(text.split('\n').filter((line) => /^\(\d+\)/.test(line)).length)}`,
        problem: null,
      }
    if (
      /permission|not permitted|root|no such device|no device found|doesn't exist|went down|not up/i.test(text) &&
      !/syntax|expression|parse/i.test(text)
    )
      continue
    const words = reason(text)
    return {
      checked: true,
      words,
      problem: {
        kind: 'bad-filter',
        message: `the capture filter is not understood: ${words}`,
        hint: "Filters are libpcap's: see pcap-filter(7).",
      },
    }
  }
  return { checked: false, words: 'the filter is checked when the capture begins', problem: null }
}

const plural = (lines: number): string => `${lines} ${lines === 1 ? 'instruction' : 'instructions'}`

function run(path: string, args: string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(path, args, { timeout: PATIENCE, maxBuffer: 4 << 20 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : 1, text: `${stdout}\n${stderr}` }),
    )
  })
}

function reason(text: string): string {
  const inside = /capture filter \(([^)]+)\)/.exec(text)?.[1]
  if (inside !== undefined) return plainText(inside).slice(0, 300)
  const lines = text
    .split('\n')
    .map((line) => plainText(line.trim()))
    .filter((line) => line !== '' && !/^(Capturing on|File:|Warning)/.test(line))
  const named =
    lines.find((line) => /syntax error|expression|unknown|illegal|can't parse|parse|not valid|isn't a valid/i.test(line)) ??
    lines[0] ??
    'it gave no reason'
  return named.replace(/^(dumpcap|tcpdump): /, '').slice(0, 300)
}
