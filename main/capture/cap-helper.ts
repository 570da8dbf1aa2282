/**
 * The process around the optional package `cap`: captures on one interface and writes pcapng to stdout. Started by the capture with the
 * interface and a filter; ends when it is told to, or when its parent goes away. `cap` gives neither the kernel's time nor the original
 * length nor drop counts: times are this process's, and what it cannot know is not claimed. Apart, because `cap` crashes in worker threads.
 */
import { createRequire } from 'node:module'
import { totalmem } from 'node:os'
import { PcapngEncoder } from '../files/writer.ts'

const MEGABYTE = 1024 * 1024
/**
 * The kernel's ring. Where an interface joins segments (as nearly all do) libpcap gives each packet a slot of 64 KiB in the mode that `cap`
 * asks for, so that 256 MB are 4,096 packets: 80 ms at 50,000 a second, which this process does not always keep. A thirty-second part of the
 * machine's memory, then, from 256 MB to 1 GB; libpcap takes less where that cannot be had.
 */
const RING_BYTES = Math.min(1024, Math.max(256, Math.floor(totalmem() / 32 / MEGABYTE))) * MEGABYTE
/** Bytes that wait for a parent that does not read; beyond it packets are dropped and counted. */
const WAITING_BYTES = 256 * MEGABYTE

interface Cap {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string
  on(event: 'packet', listener: (bytes: number, truncated: boolean) => void): void
  close(): void
  setMinBytes?(bytes: number): void
}

const LINK_TYPES: Record<string, number> = { NULL: 0, ETHERNET: 1, RAW: 101, IEEE802_11: 105, LINUX_SLL: 113, IEEE802_11_RADIO: 127 }

function main(device: string, filter: string): void {
  const { Cap } = createRequire(import.meta.url)('cap') as { Cap: new () => Cap }
  const cap = new Cap()
  // Kept referenced as long as the process lives: the package writes into it without holding it.
  const buffer = Buffer.alloc(262_144)
  let linkType: string
  try {
    linkType = cap.open(device, filter, RING_BYTES, buffer)
    cap.setMinBytes?.(0)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`, () => process.exit(1))
    return
  }
  const encoder = new PcapngEncoder({ application: 'rehome cap helper' })
  encoder.addInterface({ linkType: LINK_TYPES[linkType] ?? 1, name: device, snaplen: buffer.length })
  // wall clock once, then the monotonic one: a step of the wall clock must not reorder packets
  const wall = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint()
  let waiting = 0
  let dropped = 0
  let told = 0
  let scheduled = false
  const write = (): void => {
    scheduled = false
    if (encoder.pending === 0) return
    const bytes = encoder.take()
    waiting += bytes.length
    process.stdout.write(bytes, () => {
      waiting -= bytes.length
    })
  }
  cap.on('packet', (bytes) => {
    if (waiting + encoder.pending > WAITING_BYTES) {
      dropped++
      return
    }
    const time = wall + process.hrtime.bigint()
    encoder.record(0, Number(time >> 32n), Number(time & 0xffff_ffffn), buffer, 0, bytes, bytes)
    if (encoder.pending > 1 << 20) write()
    else if (!scheduled) {
      scheduled = true
      setImmediate(write)
    }
  })
  const end = (): void => {
    cap.close()
    write()
    process.stdout.write('', () => process.exit(0))
  }
  process.on('message', (message: { stop?: boolean }) => {
    if (message?.stop) end()
  })
  process.on('disconnect', () => process.exit(0))
  process.stdout.on('error', () => process.exit(0))
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, end)
  setInterval(() => {
    if (dropped === told) return
    told = dropped
    process.send?.({ drops: { app: dropped } })
  }, 500).unref()
  write()
  process.send?.({ ready: true })
}

// the last two, whatever the process was started as
main(process.argv.at(-2) ?? '', process.argv.at(-1) ?? '')
