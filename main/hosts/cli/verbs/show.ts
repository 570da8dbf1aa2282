/** `rehome show FILE FRAME`: one packet's tree and bytes. Packets before it are only followed, so that its numbers are right. */

import type { FieldRecorder } from '../../../../dissectors/core/recorder.ts'
import { lineText } from '../../../../dissectors/core/values.ts'
import { applyProfiles } from '../../../../dissectors/profile/table.ts'
import { walkFiles } from '../../../engine/file-order.ts'
import { recordNotes } from '../../../engine/notes.ts'
import { Exit, Failure, warn } from '../failure.ts'
import { type Paint, paintFor, toStdout } from '../output.ts'
import { keysForCommand, profilesForCommand } from './opening.ts'

export async function show(file: string, frame: number, options: { keys?: string[]; profile?: string[] } = {}): Promise<void> {
  const keys = await keysForCommand(options.keys)
  const profiles = await profilesForCommand(options.profile)
  for (const words of keys.problems()) warn(words)
  const out = toStdout()
  const paint = paintFor(process.stdout)
  let found = false
  const facts = await walkFiles(
    [file],
    (walk, recorder, packet) => {
      if (packet.frame !== frame) return true
      found = true
      recordNotes(walk, recorder, 0)
      for (const line of treeLines(recorder, paint)) out.write(`${line}\n`)
      if (walk.stop !== 0) out.write(`${paint.red(`[stopped at offset ${walk.stopOffset}: ${walk.stopReason}]`)}\n`)
      for (const { name, bytes, begin, end } of recorder.sources) {
        out.write(`\n${paint.bold(`${name} (${end - begin} bytes)`)}\n`)
        out.write(hexDump(bytes.subarray(begin, end)))
      }
      return false
    },
    { keys, prepare: (state) => applyProfiles(state, profiles), maxPackets: frame, recordFrom: frame },
  )
  if (!found) {
    const packets = facts.reduce((sum, one) => sum + one.packets, 0)
    throw new Failure(
      Exit.Usage,
      `${file}: there is no frame ${frame}`,
      packets === 0 ? 'It holds no packets.' : `It holds frames 1 to ${packets}.`,
    )
  }
  await out.end()
  for (const one of facts) for (const words of one.warnings) warn(`${one.path}: ${words}`)
}

function treeLines(recorder: FieldRecorder, paint: Paint): string[] {
  const lines: string[] = []
  for (let i = 0; i < recorder.count; i++) {
    const depth = recorder.depth[i] as number
    const text = recorder.generated.has(i) ? `[${lineText(recorder, i)}]` : lineText(recorder, i)
    lines.push('  '.repeat(depth) + (depth === 0 ? paint.bold(text) : text))
  }
  if (recorder.overflow) lines.push('[more fields than are shown]')
  return lines
}

/** Sixteen bytes a line: offset, hexadecimal, and printable characters. */
export function hexDump(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.subarray(at, at + 16)
    const hex = Array.from(line, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const characters = Array.from(line, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    text += `${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${characters}\n`
  }
  return text
}
