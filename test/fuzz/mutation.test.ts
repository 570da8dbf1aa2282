import { expect, test } from 'vitest'
import { readCapture } from '../../main/files/reader.ts'
import { capturesIn } from '../shared-material.ts'
import { hex, hostileBench } from './bench.ts'
import { mutate, random } from './mutate.ts'

const wanted = Number(process.env.REHOME_FUZZ_PACKETS ?? 150_000)
const seed = Number(process.env.REHOME_FUZZ_SEED ?? 1)

/** A few packets of every capture, so that each protocol that occurs anywhere is mutated. */
async function samples(): Promise<{ bytes: Uint8Array; linkType: number; from: string }[]> {
  const found: { bytes: Uint8Array; linkType: number; from: string }[] = []
  const folders = ['sctp', 'mptcp', 'ipv6-nd', 'icmp', 'formats', 'tunnels', 'mipv6']
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
  return found
}

test(`${wanted} mutated packets, seed ${seed}: no exception, no packet above its fuel, memory stays bounded`, async () => {
  const packets = await samples()
  expect(packets.length).toBeGreaterThan(1000)
  const next = random(seed)
  const failures: string[] = []
  let bench = hostileBench()
  let slowest = 0
  const started = performance.now()
  for (let n = 0; n < wanted && failures.length < 5; n++) {
    // A new capture now and then: state of one must not be needed by another, and must not grow without end.
    if (n % 50_000 === 49_999) {
      bench.finish()
      bench = hostileBench()
    }
    const packet = packets[Math.floor(next() * packets.length)] as (typeof packets)[number]
    const other = packets[Math.floor(next() * packets.length)] as (typeof packets)[number]
    const { bytes, wire, how } = mutate(packet.bytes, other.bytes, next)
    const before = performance.now()
    try {
      bench.walk(bytes, wire, packet.linkType)
    } catch (error) {
      failures.push(
        `seed ${seed} mutant ${n} (${how} of ${packet.from}): ${error instanceof Error ? error.stack : error}\n# link type ${packet.linkType}, wire length ${wire}\n${hex(bytes)}`,
      )
    }
    slowest = Math.max(slowest, performance.now() - before)
  }
  bench.finish()
  const seconds = (performance.now() - started) / 1000
  console.log(`# ${wanted} mutants of ${packets.length} packets in ${seconds.toFixed(1)} s, slowest ${slowest.toFixed(1)} ms`)
  expect(failures).toEqual([])
  expect(slowest).toBeLessThan(1000)
})
