import { describe, expect, it } from 'vitest'
import { shared } from '../../shared-material.ts'
import { Bench } from './bench.ts'

/** How often each kind of signal was given, and the signalling itself without payload. */
function told(all: Map<number, string[]>): { payload: Record<string, number>; signalling: string[] } {
  const payload: Record<string, number> = {}
  const signalling: string[] = []
  for (const [frame, lines] of all)
    for (const line of lines) {
      if (!line.includes(' payload ')) signalling.push(`${frame} ${line}`)
      else {
        const whose = line.split(' payload ')[1]?.split(' ')[0] as string
        payload[whose] = (payload[whose] ?? 0) + 1
      }
    }
  return { payload, signalling }
}

describe('recordings', () => {
  it.each([
    ['HIP', ['testbed', 'recorded', 'synthetic-hip.pcapng'], 'recorded-hip', { '#1>': 120, '#1<': 90 }],
    ['HIP of a real stack', ['captures', 'hip', 'cutehip-hip.pcap'], 'recorded-cutehip', { '#1>': 3, '#1<': 3 }],
  ] as const)('%s', async (_, path, golden, payload) => {
    const found = told(await new Bench().capture(shared(...path)))
    expect(found.payload).toEqual(payload)
    await expect(`${found.signalling.join('\n')}\n`).toMatchFileSnapshot(`goldens/${golden}.txt`)
  })

  it('Shim6', async () => {
    const found = told(await new Bench().capture(shared('testbed', 'recorded', 'synthetic-shim6.pcapng')))
    expect(found.payload['#1>']).toBeGreaterThan(100)
    await expect(`${found.signalling.join('\n')}\n`).toMatchFileSnapshot('../shim6/goldens/recorded.txt')
  })
})
