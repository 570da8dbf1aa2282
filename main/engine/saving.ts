/**
 * Packets of the open capture as a file of their own: all, those of a filter, a session or some frames. The file is made a piece a call, so
 * that a capture of any size goes through a bounded memory, whoever saves sees how far it is and can give up, and other questions are
 * answered in between. It goes to a path of this machine, or in pieces to who asked.
 * Holds: row numbers and a piece of each file that is being made, at most four; they go with the capture.
 */
import type { Answers, Parameters_ } from '../../shared/contract.ts'
import { frameRanges } from '../../shared/frame-ranges.ts'
import { pcapFormat, pcapPieces } from '../export/packets-pcap.ts'
import { type ExportedPacket, type KeptFacts, packetPieces } from '../export/session-pcapng.ts'
import { ContractFailure } from './failure.ts'
import { NewFile } from './new-file.ts'
import type { Capture } from './open.ts'
import { GENERATOR } from './queries/export-session.ts'
import { exportedPackets, rowsOf, writtenInterfaces } from './queries/packets-of.ts'
import { briefById } from './queries/sessions.ts'

/** A piece is one message, and other questions wait for it. */
const PIECE = 512 * 1024
const MOST = 4
/** of a record in the file, beside its bytes and padding */
const RECORD = { pcapng: 34, pcap: 16 } as const

interface Saving {
  pieces: Iterator<Uint8Array>
  counts: { written: number; unreadable: number }
  bytes: number
  target: NewFile | null
}

type Wish = Parameters_<'saveBegin'>

export class Saves {
  private readonly running = new Map<string, Saving>()
  private number = 0

  /** `rows`: those of the wish's filter; `name`: of the capture, as its person knows it. */
  begin(capture: Capture, rows: Uint32Array | null, name: string, wish: Wish): Answers['saveBegin'] {
    const frames = wish.frames === undefined ? null : frameRanges(wish.frames)
    if (typeof frames === 'string') throw new ContractFailure('bad-request', frames, 'Write frames as 1-100, 250, 400-.')
    const session = wish.session === undefined ? null : briefById(capture, wish.session)
    const chosen = rowsOf(capture, session, rows, frames)
    const { index, interfaces } = capture
    const used = new Set<number>()
    let bytes = 0
    for (const row of chosen) {
      bytes += index.captured(row) + RECORD[wish.format]
      used.add(index.interface(row))
    }
    const format = pcapFormat([...used].flatMap((id) => interfaces[id]?.facts ?? []))
    if (wish.format === 'pcap' && typeof format === 'string') throw new ContractFailure('bad-request', format, 'Save them as pcapng.')
    const part = wish.session ?? (wish.frames !== undefined ? 'frames' : rows !== null ? 'displayed' : 'copy')
    const secrets = capture.files.reduce((n, { facts }) => n + facts.secrets.length, 0)
    const facts = {
      fileName: `${name.replace(/\.(pcapng|pcap|cap)(\.gz)?$/i, '')}-${part}.${wish.format}`,
      packets: chosen.length,
      bytes,
      secrets,
    }
    if (wish.check === true) return { id: '', ...facts }
    if (chosen.length === 0) throw new ContractFailure('bad-request', 'there is no packet to be saved', 'Choose others.')
    const target =
      wish.path === undefined
        ? null
        : new NewFile(
            wish.path,
            wish.replace === true,
            capture.files.map((file) => file.path),
          )
    const counts = { written: 0, unreadable: 0 }
    const packets = counted(
      exportedPackets(capture, chosen, () => counts.unreadable++),
      counts,
    )
    const pieces =
      typeof format !== 'string' && wish.format === 'pcap'
        ? pcapPieces(packets, format, PIECE)
        : packetPieces({ ...this.told(capture, name, wish), packets }, PIECE)
    const [oldest] = this.running.keys()
    if (this.running.size >= MOST && oldest !== undefined) this.cancel(oldest)
    const id = `w${++this.number}`
    this.running.set(id, { pieces, counts, bytes: 0, target })
    return { id, ...facts }
  }

  private told(capture: Capture, name: string, wish: Wish): Omit<Parameters<typeof packetPieces>[0], 'packets'> {
    const { analyzer } = capture
    const remarks = wish.remarks === true
    return {
      interfaces: writtenInterfaces(capture),
      rehomings: remarks ? analyzer.rehomings(wish.session) : [],
      findings: remarks ? analyzer.findings(wish.session) : [],
      session: wish.session === undefined ? null : analyzer.session(wish.session),
      origin: name,
      generator: GENERATOR,
      kept: keptFacts(capture, wish.secrets === true),
    }
  }

  /** The next piece; the file is whole when it answers `done`. */
  part(id: string): Answers['savePart'] {
    const saving = this.running.get(id)
    if (saving === undefined)
      throw new ContractFailure(
        'not-found',
        'this file is not being saved any more',
        'The capture was closed, or others were saved since. Save it again.',
      )
    try {
      const { value, done = false } = saving.pieces.next()
      const piece = value as Uint8Array | undefined
      if (piece !== undefined) {
        saving.bytes += piece.length
        saving.target?.write(piece)
      }
      if (done) {
        saving.target?.finish()
        this.running.delete(id)
      }
      const base64 = piece === undefined || saving.target !== null ? '' : Buffer.from(piece).toString('base64')
      return { ...saving.counts, bytes: saving.bytes, done, base64 }
    } catch (error) {
      this.cancel(id)
      throw error
    }
  }

  cancel(id: string): void {
    this.running.get(id)?.target?.giveUp()
    this.running.delete(id)
  }

  /** The capture goes. */
  drop(): void {
    for (const id of [...this.running.keys()]) this.cancel(id)
  }
}

function* counted(packets: Iterable<ExportedPacket>, counts: Saving['counts']): Generator<ExportedPacket> {
  for (const packet of packets) {
    counts.written++
    yield packet
  }
}

/** What the files of a capture say besides packets. */
export function keptFacts(capture: Capture, secrets: boolean): KeptFacts {
  const facts = capture.files.map((file) => file.facts)
  return {
    comments: facts.flatMap((one) => one.comments),
    hardware: facts[0]?.hardware ?? null,
    os: facts[0]?.os ?? null,
    names: new Map(facts.flatMap((one) => [...one.names])),
    secrets: secrets ? facts.flatMap((one) => one.secrets) : [],
    linkLog: facts.flatMap((one) => one.linkLog ?? []),
  }
}
