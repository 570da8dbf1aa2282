/** Whatever the bytes: every registered dissector ends within its fuel, without an exception, with every group closed, in every mode of the walk. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dissectorNamed, dissectorNames, udpGuesses } from '../../../dissectors/core/dispatch.ts'
import { FieldRecorder } from '../../../dissectors/core/recorder.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { valueText } from '../../../dissectors/core/values.ts'
import { type Dissect, Walk } from '../../../dissectors/core/walk.ts'
import { dissectProfilePart, dissectProfiles } from '../../../dissectors/profile/dissect.ts'
import { applyProfiles } from '../../../dissectors/profile/table.ts'
import { everyProfile } from '../../fuzz/made.ts'
import { nodeCrypto } from './record.ts'

const PROFILES = everyProfile()
/** Where a dissector begins: two IPv6 addresses lie in front, as an IP layer leaves them. */
const BEGIN = 71

interface Mode {
  record: boolean
  quoted: boolean
  size: 4 | 16
  missing: number
}

/** One walk of `dissect` over `bytes`; says what it did wrong, '' for nothing. */
function walkOne(state: StreamState, dissect: Dissect, bytes: Uint8Array, mode: Mode): string {
  const recorder = mode.record ? new FieldRecorder() : null
  let signals = 0
  const walk = new Walk(state, recorder, {
    emit: () => {
      signals++
    },
  })
  const memory = new Uint8Array(BEGIN + bytes.length + 9).fill(0xee)
  memory.set(bytes, BEGIN)
  walk.start(memory, 7, BEGIN + bytes.length, BEGIN - 7 + bytes.length + mode.missing, 0, 1e9, 0)
  walk.addressSize = mode.size
  walk.source = walk.checksumSource = 15
  walk.destination = walk.checksumDestination = 31
  walk.ipProtocol = 17
  walk.sourcePort = 40000
  walk.destinationPort = 51820
  walk.quoted = mode.quoted
  walk.networks = 1
  walk.next(dissect, BEGIN)
  if (walk.fuel < -64) return `fuel overspent: ${walk.fuel}`
  if (walk.fuel < 0 && walk.stop === 0) return 'fuel used up without a stop reason'
  if (walk.memory !== 0) return 'did not come back to the frame'
  if (mode.quoted && signals > 0) return 'signals of a quoted packet'
  if (recorder === null) return ''
  if (recorder.depthNow !== 0) return `${recorder.depthNow} groups left open`
  for (let i = 0; i < recorder.count; i++) valueText(recorder, i)
  return ''
}

const mode: fc.Arbitrary<Mode> = fc.record({
  record: fc.boolean(),
  quoted: fc.boolean(),
  size: fc.constantFrom(4 as const, 16 as const),
  missing: fc.constantFrom(0, 9, 1400),
})
/** Random bytes, and bytes as headers have them: mostly small numbers, so that types and lengths are met. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(fc.oneof({ weight: 3, arbitrary: fc.nat(8) }, { weight: 1, arbitrary: fc.nat(255) }), { maxLength: 200 })
    .map((list) => Uint8Array.from(list)),
)

function ends(dissect: Dissect, withProfiles = false, head: readonly number[] = []): void {
  const state = new StreamState(nodeCrypto)
  if (withProfiles) applyProfiles(state, PROFILES)
  fc.assert(
    fc.property(bytes, mode, (tail, how) => {
      const whole = new Uint8Array(head.length + tail.length)
      whole.set(head)
      whole.set(tail, head.length)
      expect(walkOne(state, dissect, whole, how)).toBe('')
    }),
    { numRuns: 150, seed: 21 },
  )
}

describe('arbitrary bytes', () => {
  it.each(dissectorNames())('%s', (name) => ends(dissectorNamed(name) as Dissect, true))

  it('every dissector that finds its protocol by the bytes', () => {
    expect(udpGuesses.length).toBeGreaterThan(0)
    for (const guess of udpGuesses) ends(guess)
  })

  it.each([
    ['VXLAN', 'vxlan', [0x08, 0, 0, 0, 0, 0, 7, 0]],
    ['VXLAN-GPE', 'vxlan-gpe', [0x0c, 0, 0, 3, 0, 0, 7, 0]],
    ['an IGMP report', 'igmp', [0x22, 0, 0, 0, 0, 0, 0, 9]],
    ['an IGMP query', 'igmp', [0x11, 0x64, 0, 0, 0xef, 1, 1, 1]],
    ['LLDP', 'lldp', [0x02, 7, 4, 2, 0, 0, 0, 1, 0x10, 0x04, 5, 5]],
    ['WireGuard data', 'wg', [4, 0, 0, 0, 1, 0, 0, 0]],
    ['GRE with all its parts', 'gre', [0xf0, 0, 0x08, 0]],
    ['GTP-U with extensions', 'gtp', [0x34, 0xff, 0, 60, 0, 0, 0, 1]],
  ] as const)('%s behind a good begin', (_name, dissector, head) => ends(dissectorNamed(dissector) as Dissect, false, head))

  it('WireGuard messages of their exact sizes', () => {
    const sizes = [148, 92, 64, 32, 48, 128]
    const state = new StreamState(nodeCrypto)
    const dissect = dissectorNamed('wg') as Dissect
    fc.assert(
      fc.property(
        fc.constantFrom(...sizes),
        fc.constantFrom(1, 2, 3, 4),
        fc.uint8Array({ minLength: 148, maxLength: 148 }),
        mode,
        (size, type, body, how) => {
          const message = body.slice(0, size)
          message.set([type, 0, 0, 0])
          expect(walkOne(state, dissect, message, how)).toBe('')
        },
      ),
      { numRuns: 300, seed: 22 },
    )
  })

  it.each(PROFILES.map((profile) => [profile.id, profile] as const))('profile %s, as a packet and inside a header', (_id, profile) => {
    ends((walk, offset) => dissectProfiles(walk, offset, walk.end, [profile]), true)
    ends((walk, offset) => {
      dissectProfilePart(walk, offset, walk.end, [profile])
    }, true)
  })
})
