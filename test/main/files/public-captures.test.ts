/** Every public capture opens with the number of packets that its list gives, or is refused with words. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCapture } from '../../../main/files/reader.ts'
import { CaptureFileError } from '../../../main/files/types.ts'

const folder = join(import.meta.dirname, '../../../../shared/captures')
if (!existsSync(folder)) throw new Error(`${folder} is missing: it lies beside the repository`)

interface Listed {
  file: string
  packets: number
  /** hostile files: what tshark made of it ('reads', 'cut short', 'damaged ...', 'not supported ...') */
  outcome: string
}

/** The lists in the folder's README: a table row begins with the file; the packets are the column before the protocols. */
function listed(): Listed[] {
  const rows: Listed[] = []
  for (const line of readFileSync(join(folder, 'README.md'), 'utf8').split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim())
    if (/^[a-z0-9-]+\/\S+\.(pcap|pcapng|cap|pcap\.gz|gz|dmp|pkt)$/.test(cells[1] ?? '') && /^\d+$/.test(cells[5] ?? '')) {
      rows.push({ file: cells[1] as string, packets: Number(cells[5]), outcome: cells[7] ?? '' })
    }
  }
  return rows
}

/** tshark takes a section header that is cut short for a MIME document of one frame, and an empty file for ERF; it knows NetXray. */
const refused = /pcapng-truncated-shb|kh-addrfail-0|pcap-empty-file|tcp-syn-attack/

describe('public captures', () => {
  it('opens them all', async () => {
    const rows = listed()
    expect(rows.length).toBeGreaterThan(600)
    const differences: unknown[] = []
    for (const { file, packets, outcome } of rows) {
      const got = await readCapture(join(folder, file), () => {}).then(
        (facts) => facts.packets,
        (error: unknown) => (error instanceof CaptureFileError && error.hint !== '' ? 'refused' : error),
      )
      // where tshark stops at damage or at an unknown link type, as much or more is read here, or the file is refused
      const sound = !file.startsWith('hostile/') || outcome.startsWith('reads')
      const agrees =
        refused.test(file) || file.includes('shb-len-insane')
          ? typeof got !== 'object' && got !== packets
          : sound
            ? got === packets
            : got === 'refused' || (got as number) >= packets
      if (!agrees) differences.push([file, packets, outcome, got])
    }
    expect(differences).toEqual([])
  })
})
