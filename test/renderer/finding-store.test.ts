import { beforeEach, describe, expect, it } from 'vitest'
import {
  acknowledge,
  findingKey,
  isSuppressed,
  recallFindings,
  showAgain,
  suppress,
  useFindings,
  wiresharkFilter,
} from '../../renderer/state/finding-store.ts'
import type { FindingReport } from '../../shared/report.ts'

const finding = (part: Partial<FindingReport> = {}): FindingReport => ({
  id: 'f1',
  rule: 'T-MPTCP-JOIN',
  severity: 'low',
  confidence: 60,
  t: 1,
  session: 's1',
  title: 'a join',
  detail: 'words',
  claimant: '203.0.113.138',
  victim: '192.0.2.10',
  frames: [3, 4],
  checks: [],
  reference: '',
  ...part,
})

describe('what a person says of findings', () => {
  beforeEach(() => useFindings.setState({ acknowledged: [], suppressed: [] }))

  it('acknowledges one and takes it back', () => {
    acknowledge(finding(), true)
    acknowledge(finding(), true)
    expect(useFindings.getState().acknowledged).toEqual([findingKey(finding())])
    acknowledge(finding(), false)
    expect(useFindings.getState().acknowledged).toEqual([])
  })

  it('suppresses a rule for an address, or everywhere, and shows it again', () => {
    const other = finding({ claimant: '198.51.100.9', victim: null })
    suppress('T-MPTCP-JOIN', '203.0.113.138')
    expect([finding(), other].map((f) => isSuppressed(useFindings.getState(), f))).toEqual([true, false])
    suppress('T-MPTCP-JOIN', null)
    expect([finding(), other].map((f) => isSuppressed(useFindings.getState(), f))).toEqual([true, true])
    showAgain([finding()])
    expect([finding(), other].map((f) => isSuppressed(useFindings.getState(), f))).toEqual([false, false])
  })

  it.each([
    ['nothing', null],
    ['no JSON', '{'],
    ['another shape', '{"acknowledged": 5, "suppressed": [1, {}]}'],
  ])('remembers nothing from %s', (_name, text) => {
    expect(recallFindings(text)).toEqual({ acknowledged: [], suppressed: [] })
  })

  it.each([
    [finding(), 'frame.number in {3, 4} || (ip.addr == 203.0.113.138 && ip.addr == 192.0.2.10)'],
    [finding({ victim: null, claimant: '2001:db8::1', frames: [] }), 'ipv6.addr == 2001:db8::1'],
    [finding({ victim: null, claimant: null, frames: [9] }), 'frame.number in {9}'],
    [finding({ victim: null, claimant: null, frames: [] }), ''],
  ])('a filter for Wireshark: %#', (one, text) => {
    expect(wiresharkFilter(one)).toBe(text)
  })
})
