import { describe, expect, it } from 'vitest'
import { Bench, hex } from './bench.ts'
import { vectors } from './vectors.ts'

/** One line a signal, a field, and the verdict: what a golden shows. */
function shown(outcome: ReturnType<Bench['packet']>): string {
  const signals = outcome.signals.map((s) => `signal ${JSON.stringify(s)}`)
  return `${[`info ${outcome.info}`, `stop ${outcome.stop || 'none'}`, ...signals, ...outcome.fields].join('\n')}\n`
}

describe('one association, packet by packet', () => {
  const bench = new Bench()
  for (const { name, source, destination, hex: bytes } of vectors)
    it(name, async () => {
      await expect(shown(bench.packet(source, destination, hex(bytes)))).toMatchFileSnapshot(`goldens/${name}.txt`)
    })
})

describe('cut at every length', () => {
  for (const [number, { name, source, destination, hex: bytes }] of vectors.entries())
    it(name, () => {
      const whole = hex(bytes)
      const bench = new Bench()
      for (const before of vectors.slice(0, number)) bench.packet(before.source, before.destination, hex(before.hex))
      for (let length = 0; length < whole.length; length++) {
        const cut = bench.packet(source, destination, whole.slice(0, length), { wire: whole.length })
        expect(['', 'cut'], `captured ${length} of ${whole.length}`).toContain(cut.stop)
        if (length < 16) expect(cut.stop).toBe('cut')
        const short = bench.packet(source, destination, whole.slice(0, length))
        expect(['', 'malformed'], `only ${length} bytes on the wire`).toContain(short.stop)
      }
    })
})

it('an INIT that the capture cut still opens, with the addresses that were captured', () => {
  const init = vectors[0] as (typeof vectors)[number]
  const outcome = new Bench().packet(init.source, init.destination, hex(init.hex).slice(0, 44), { wire: 108 })
  expect(outcome.signals.map((s) => [s.kind, s.address])).toEqual([
    ['opening', undefined],
    ['claimed', '192.0.2.1'],
  ])
})
