import { describe, expect, it } from 'vitest'
import { hex } from '../../../dissectors/link/emit.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { walkPacket } from '../core/record.ts'
import { VECTORS } from './vectors.ts'

const families = Object.keys(VECTORS) as (keyof typeof VECTORS)[]
const ownKinds = new Set<number>([SignalKind.Named, SignalKind.Leased, SignalKind.Routed])

describe('packets of the protocol pages', () => {
  it.each(families)('%s: every field and signal', async (family) => {
    const seen = walkPacket(hex(VECTORS[family]), { linkType: 101 })
    const signals = seen.signals.filter((s) => ownKinds.has(s.kind)).map((s) => s.detail)
    expect(seen.stop).toBe('')
    const text = [...seen.values('frame.protocols'), ...seen.family(family), JSON.stringify(signals, null, 1)].join('\n')
    await expect(`${text}\n`).toMatchFileSnapshot(`goldens/${family}.txt`)
  })

  it.each(families)('%s: cut at every length', async (family) => {
    const whole = hex(VECTORS[family])
    const lines: string[] = []
    for (let n = 0; n < whole.length; n++) {
      const seen = walkPacket(whole.subarray(0, n), { linkType: 101, wireLength: whole.length })
      lines.push(`${n}: ${seen.family(family).length} fields, ${seen.signals.length} signals, ${seen.stop}`)
      expect(seen.stop).not.toMatch(/^malformed/)
    }
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`goldens/${family}-cut.txt`)
  })
})
