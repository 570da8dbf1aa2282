import { expect, test } from 'vitest'
import { readCapture } from '../../main/files/reader.ts'
import { capturesIn } from '../shared-material.ts'
import { hex, hostileBench } from './bench.ts'
import { grew, keptMegabytes } from './heap.ts'
import { everyProfile, madePackets } from './made.ts'
import { mutate, random } from './mutate.ts'

const wanted = Number(process.env.REHOME_FUZZ_PACKETS ?? 100_000)
const seed = Number(process.env.REHOME_FUZZ_SEED ?? 1)
/** how often what is kept is measured, always at the end of a capture: all its state is still there */
const STEPS = 10
/** A new capture after 50,000 packets at most: state of one must not be needed by another, and must not stay when it is gone. */
const capturesPerStep = Math.ceil(wanted / STEPS / 50_000)
const endOf = (capture: number): number => Math.floor((wanted * capture) / (STEPS * capturesPerStep))

/** A few packets of every capture, so that each protocol that occurs anywhere is mutated. */
async function samples(): Promise<{ bytes: Uint8Array; linkType: number; from: string }[]> {
  const found: { bytes: Uint8Array; linkType: number; from: string }[] = []
  const folders = [
    'bgp',
    'dhcpv6',
    'dns',
    'formats',
    'hip',
    'icmp',
    'ikev2',
    'ipv6-nd',
    'lisp',
    'mipv6',
    'mptcp',
    'ordinary',
    'quic',
    'sctp',
    'tunnels',
  ]
  const files = [...folders.flatMap((name) => capturesIn('captures', name)), ...capturesIn('testbed', 'recorded')]
  for (const file of files) {
    let taken = 0
    await readCapture(
      file,
      (batch, facts) => {
        const step = Math.max(1, Math.floor(batch.count / 40))
        for (let i = 0; i < batch.count && taken < 60; i += step, taken++) {
          const begin = batch.offset[i] as number
          found.push({
            bytes: batch.memory.slice(begin, begin + (batch.captured[i] as number)),
            linkType: facts.interfaces[batch.interface[i] as number]?.linkType ?? 1,
            from: `${file} packet ${i + 1} of a batch`,
          })
        }
      },
      { maxPackets: 3000 },
    )
  }
  // our own, several times, so that they come as often as those of a capture
  for (let times = 0; times < 6; times++)
    for (const { name, bytes, linkType } of madePackets()) found.push({ bytes, linkType, from: `made: ${name}` })
  return found
}

/** Mostly a millisecond; now and then a pause in which timers run out, or a step back as captures have them. */
function stepOf(next: () => number): number {
  const kind = next()
  return kind < 0.002 ? next() * 60e9 : kind < 0.004 ? -next() * 2e9 : 1e6
}

test(`${wanted} mutated packets, seed ${seed}: no exception, no packet above its fuel, memory stays bounded`, async () => {
  const packets = await samples()
  expect(packets.length).toBeGreaterThan(1000)
  const next = random(seed)
  const failures: string[] = []
  const profiles = everyProfile()
  // every other capture has all profiles in force
  let turn = 0
  const fresh = () => hostileBench(turn++ % 2 === 0 ? profiles : [])
  let bench = fresh()
  let slowest = 0
  const kept: number[] = []
  let captures = 0
  const started = performance.now()
  const end = async (n: number): Promise<void> => {
    captures++
    try {
      bench.finish()
    } catch (error) {
      failures.push(`seed ${seed}, the report after mutant ${n}: ${error instanceof Error ? error.stack : error}`)
    }
    if (captures % capturesPerStep !== 0) return
    kept.push(keptMegabytes())
    console.log(`# ${n} mutants: ${(kept.at(-1) as number).toFixed(0)} MB kept`)
    // what was printed gets through only while nothing runs
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  for (let n = 0; n < wanted && failures.length < 5; n++) {
    while (n >= endOf(captures + 1)) {
      await end(n)
      bench = fresh()
    }
    const packet = packets[Math.floor(next() * packets.length)] as (typeof packets)[number]
    const other = packets[Math.floor(next() * packets.length)] as (typeof packets)[number]
    const { bytes, wire, how } = mutate(packet.bytes, other.bytes, next)
    const before = performance.now()
    try {
      bench.walk(bytes, wire, packet.linkType, stepOf(next))
    } catch (error) {
      failures.push(
        `seed ${seed} mutant ${n} (${how} of ${packet.from}): ${error instanceof Error ? error.stack : error}\n# link type ${packet.linkType}, wire length ${wire}\n${hex(bytes)}`,
      )
    }
    slowest = Math.max(slowest, performance.now() - before)
  }
  if (failures.length < 5) await end(wanted)
  const seconds = (performance.now() - started) / 1000
  console.log(
    `# ${wanted} mutants of ${packets.length} packets in ${captures} captures and ${seconds.toFixed(1)} s, slowest ${slowest.toFixed(1)} ms, ${Math.max(...kept).toFixed(0)} MB kept at most`,
  )
  expect(failures).toEqual([])
  // wall time, with the analysis' own pauses for timers in it; fuel is what bounds the walk itself
  expect(slowest).toBeLessThan(2500)
  expect(kept).toHaveLength(STEPS)
  expect(grew(kept)).toBeNull()
  expect(Math.max(...kept)).toBeLessThan(1000)
})
