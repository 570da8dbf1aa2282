import { describe, expect, it } from 'vitest'
import { Bench, hex, type Outcome } from '../hip/bench.ts'
import { vectors } from './vectors.ts'

/** What a golden shows: verdict, signals, fields from Shim6's own on. */
function shown(outcome: Outcome): string {
  const own = outcome.fields.slice(outcome.fields.findIndex((one) => one.startsWith('shim6')))
  return `${[`info ${outcome.info}`, `stop ${outcome.stop || 'none'}`, ...outcome.signals.map((s) => `signal ${s}`), ...own].join('\n')}\n`
}

describe('one after the other', () => {
  const bench = new Bench()
  for (const { name, hex: bytes } of vectors)
    it(name, async () => {
      const outcome = bench.packet(hex(bytes))
      expect(outcome.checksum, 'checksum').toBe(2)
      await expect(shown(outcome)).toMatchFileSnapshot(`goldens/${name}.txt`)
    })
})

describe('cut at every length', () => {
  for (const { name, hex: bytes } of vectors)
    it(name, () => {
      const whole = hex(bytes)
      for (let length = 41; length < whole.length; length++) {
        const bench = new Bench()
        const cut = bench.packet(whole.slice(0, length), { wire: whole.length })
        // The last one's padding is not looked at.
        expect(length < whole.length - 8 ? ['cut'] : ['', 'cut'], `captured ${length} of ${whole.length}`).toContain(cut.stop)
        expect(cut.signals.filter((one) => one.includes('withdrawn'))).toEqual([])
        const short = new Bench().packet(whole.slice(0, length))
        expect(short.stop, `only ${length} bytes on the wire`).toBe('malformed')
      }
    })
})

it('gives no signals in a pass for fields, and the same fields without signals', () => {
  for (const { hex: bytes } of vectors) {
    const both = new Bench().packet(hex(bytes))
    const fields = new Bench().packet(hex(bytes), { signals: false })
    expect(fields.signals).toEqual([])
    expect(fields.fields).toEqual(both.fields)
  }
})
