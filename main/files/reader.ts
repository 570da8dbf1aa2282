/**
 * Reads a capture file from beginning to end: pcap and pcapng, plain or gzip, in one pass with bounded memory (two chunks of
 * 512 KiB, and a packet of at most 16 MiB). Refuses what is not a capture, with its name where that is known. A file that is cut or
 * damaged is read as far as it goes: `truncated` and a warning with the offset say so. An aborted read answers what it has.
 * The columns of a batch are used again after the callback; its memory is not.
 * Cost: see PcapScanner and PcapngScanner; 4 to 6 million packets a second of one processor.
 */
import type { FileHandle } from 'node:fs/promises'
import { plainText } from '../export/escape.ts'
import { type ByteSource, type Chunk, freshMemory, gzipSource, headroom, plainSource } from './byte-source.ts'
import { magicBytes, recognise } from './magic.ts'
import { asFileError, openCaptureFile } from './open-file.ts'
import { PcapScanner, pcapHeaderBytes, readPcapHeader } from './pcap.ts'
import { checkSectionHeader, PcapngScanner, sectionHeaderBytes } from './pcapng.ts'
import { batchPackets, RecordColumns, TimeBase } from './record-columns.ts'
import { FileProgress, integer, type Scanner } from './scanner.ts'
import { CaptureFileError, type FileFacts, type ReadOptions, type RecordBatch } from './types.ts'

export { openRandomAccess } from './random-access.ts'

export async function readCapture(
  path: string,
  onBatch: (batch: RecordBatch, facts: FileFacts) => void | Promise<void>,
  options: ReadOptions = {},
): Promise<FileFacts> {
  const { handle, size } = await openCaptureFile(path)
  let source: ByteSource | null = null
  try {
    const opened = await begin(path, handle, size)
    source = opened.source
    await run(opened, onBatch, options)
    return opened.facts
  } catch (error) {
    throw asFileError(path, error)
  } finally {
    await source?.close()
    await handle.close()
  }
}

/** Refuses as `readCapture` does what it could not begin to read. */
export async function checkCapture(path: string): Promise<void> {
  const { handle, size } = await openCaptureFile(path)
  try {
    const { source } = await begin(path, handle, size)
    await source.close()
  } catch (error) {
    throw asFileError(path, error)
  } finally {
    await handle.close()
  }
}

function refuse(path: string, reason: string, hint: string): CaptureFileError {
  return new CaptureFileError('not-a-capture', `${plainText(path)}: ${reason}`, hint)
}

interface Opened {
  source: ByteSource
  facts: FileFacts
  progress: FileProgress
  scanner: PcapScanner | PcapngScanner
  first: Chunk
  /** stream offset of the first record or block that is scanned */
  start: number
}

/** Recognises the file and reads its header. */
async function begin(path: string, handle: FileHandle, size: number): Promise<Opened> {
  if (size === 0) throw refuse(path, 'is empty (0 bytes)', 'The capture was never written, or not copied: capture or copy it again.')
  const head = new Uint8Array(Math.min(size, magicBytes))
  const { bytesRead } = await handle.read(head, 0, head.length, 0)
  const outside = recognise(head.subarray(0, bytesRead))
  const gzip = outside.kind === 'gzip'
  const source = gzip ? gzipSource(handle) : plainSource(handle)
  try {
    const first = await source.next()
    if (first === null)
      throw refuse(
        path,
        `is a gzip file without content${source.damage === null ? '' : `: ${source.damage}`}`,
        'Copy or compress the capture again.',
      )
    const content = first.memory.subarray(first.begin, Math.min(first.end, first.begin + magicBytes))
    const what = gzip ? recognise(content) : outside
    const inside = gzip ? 'is a gzip file, and its content ' : ''
    if (what.kind === 'other') throw refuse(path, `${inside}is ${what.name}, not a pcap or pcapng capture`, what.hint)
    if (what.kind === 'gzip') throw refuse(path, 'is compressed more than once', 'Unpack it first: gunzip -k FILE')
    if (what.kind === 'unknown') {
      const bytes = Buffer.from(content.subarray(0, 8))
        .toString('hex')
        .replace(/(..)(?=.)/g, '$1 ')
      throw refuse(
        path,
        `${inside}is not a capture file that is known here (it begins with the bytes ${bytes})`,
        'pcap and pcapng are read, plain or gzip: as Wireshark, dumpcap and tcpdump -w write them.',
      )
    }
    const needed = what.kind === 'pcap' ? pcapHeaderBytes : sectionHeaderBytes
    if (content.length < needed)
      throw refuse(
        path,
        `is a ${what.kind} file that ends inside its header (${content.length} of ${needed} bytes)`,
        'The file was cut: copy or capture it again.',
      )
    const facts = emptyFacts(path, what.kind, gzip, size)
    const progress = new FileProgress(facts, new TimeBase())
    const view = new DataView(first.memory.buffer, first.memory.byteOffset + first.begin, content.length)
    const damagedHint = 'The file is damaged or of another kind: copy it again, or convert it with Wireshark (editcap IN OUT).'
    if (what.kind === 'pcap') {
      const header = readPcapHeader(view)
      if (typeof header === 'string') throw refuse(path, header, damagedHint)
      return { source, facts, progress, scanner: new PcapScanner(header, progress), first, start: pcapHeaderBytes }
    }
    const header = checkSectionHeader(view)
    if (typeof header === 'string') throw refuse(path, header, damagedHint)
    return { source, facts, progress, scanner: new PcapngScanner(progress), first, start: 0 }
  } catch (error) {
    await source.close()
    throw error
  }
}

function emptyFacts(path: string, format: FileFacts['format'], gzip: boolean, bytesTotal: number): FileFacts {
  return {
    path,
    format,
    gzip,
    baseNanoseconds: 0n,
    interfaces: [],
    packets: 0,
    bytesTotal,
    bytesRead: 0,
    streamBytes: 0,
    truncated: false,
    warnings: [],
    comments: [],
    hardware: null,
    os: null,
    application: null,
    names: new Map(),
    secrets: [],
  }
}

/** The part of the stream that is in memory and not used yet: [position, end) of `memory`, whose first byte is `offset` in the stream. */
interface Window {
  memory: Uint8Array
  view: DataView
  position: number
  end: number
  offset: number
}

async function run(
  opened: Opened,
  onBatch: (batch: RecordBatch, facts: FileFacts) => void | Promise<void>,
  options: ReadOptions,
): Promise<void> {
  const { source, facts, progress, scanner, first } = opened
  const maximum = Math.max(0, options.maxPackets ?? Number.POSITIVE_INFINITY)
  const columns = new RecordColumns()
  let window: Window = {
    memory: first.memory,
    view: new DataView(first.memory.buffer),
    position: first.begin + opened.start,
    end: first.end,
    offset: -first.begin,
  }
  const over = (): boolean => scanner.stopped || facts.packets >= maximum || options.signal?.aborted === true
  for (;;) {
    facts.bytesRead = source.bytesRead
    facts.streamBytes = window.offset + window.end
    for (;;) {
      const limit = Math.min(batchPackets, maximum - facts.packets)
      window.position = scanner.scan(window.memory, window.view, window.position, window.end, window.offset, columns, limit)
      facts.baseNanoseconds = progress.base.nanoseconds
      const full = columns.count === limit
      if (columns.count > 0) {
        const answer = onBatch(columns.batch(window.memory), facts)
        if (answer !== undefined) await answer
        columns.clear()
      }
      if (!full || over()) break
    }
    progress.publishCounts()
    options.onProgress?.(facts)
    if (over()) break
    const next = await nextWindow(source, scanner, window)
    if (next === null) {
      tellEnd(opened, window)
      break
    }
    if (typeof options.reuseMemory === 'function' ? options.reuseMemory() : options.reuseMemory === true) source.recycle(window.memory)
    window = next
  }
  facts.bytesRead = source.bytesRead
  if (scanner.stopped) facts.truncated = true
  if (scanner instanceof PcapngScanner) scanner.finish()
}

/** The next chunk, with what the scanner could not use yet in front of it; null at the end of the stream. */
async function nextWindow(source: ByteSource, scanner: Scanner, old: Window): Promise<Window | null> {
  let chunk = await source.next()
  let passed = 0
  while (chunk !== null && scanner.passOver > 0) {
    const part = Math.min(scanner.passOver, chunk.end - chunk.begin)
    scanner.passOver -= part
    passed += part
    chunk.begin += part
    if (chunk.begin === chunk.end) chunk = await source.next()
  }
  if (chunk === null) return null
  const carry = old.end - old.position
  let { memory, begin, end } = chunk
  if (carry > begin) {
    const larger = freshMemory(headroom + carry + end - begin)
    larger.set(memory.subarray(begin, end), headroom + carry)
    end += headroom + carry - begin
    begin = headroom + carry
    memory = larger
  }
  begin -= carry
  memory.set(old.memory.subarray(old.position, old.end), begin)
  return { memory, view: new DataView(memory.buffer), position: begin, end, offset: old.offset + old.position + passed - begin }
}

/** The stream has ended: says so when it ended inside a record, or inside its compression. */
function tellEnd({ source, facts, progress, scanner }: Opened, { view, position, end, offset }: Window): void {
  if (source.damage !== null) {
    facts.truncated = true
    progress.warn(`${source.damage}: ${integer(facts.packets)} packets were read up to there`)
  }
  if (scanner.passOver > 0) {
    facts.truncated = true
    progress.warn(`the file ends inside a block that was passed over, ${integer(scanner.passOver)} bytes too early`)
  } else if (position < end) {
    facts.truncated = true
    progress.warn(
      `the file ends inside a record at offset ${integer(offset + position)} (${scanner.describeTail(view, position, end)}): it was read up to there`,
    )
  }
}
