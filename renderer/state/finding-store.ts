/**
 * What a person has said about findings: seen and dealt with (acknowledged), or not wanted any more, by rule or by rule and address. Remembered by
 * the browser for every capture; where storage is refused, for this window. At most 500 entries of each, the oldest go.
 */
import { create } from 'zustand'
import type { FindingReport } from '../../shared/report.ts'

const KEY = 'rehome.findings'
const MOST = 500

export interface FindingMemory {
  /** `findingKey` of those dealt with */
  acknowledged: string[]
  /** rules, or 'rule address', that are not shown */
  suppressed: string[]
}

/** The same finding in another capture, or after another analysis: what it says of whom. */
export function findingKey(finding: FindingReport): string {
  return `${finding.rule} ${finding.claimant ?? '-'} ${finding.victim ?? '-'}`
}

/** Address that a finding is suppressed by: who made the claim, else who suffers. */
export function findingHost(finding: FindingReport): string | null {
  return finding.claimant ?? finding.victim ?? null
}

export function recallFindings(text: string | null): FindingMemory {
  const list = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string' && entry.length < 300).slice(-MOST) : []
  try {
    const kept = JSON.parse(text ?? '{}') as Record<string, unknown> | null
    return { acknowledged: list(kept?.acknowledged), suppressed: list(kept?.suppressed) }
  } catch {
    return { acknowledged: [], suppressed: [] }
  }
}

function stored(): string | null {
  try {
    return globalThis.localStorage?.getItem(KEY) ?? null
  } catch {
    return null
  }
}

export const useFindings = create<FindingMemory>(() => recallFindings(stored()))

function keep(part: Partial<FindingMemory>): void {
  useFindings.setState(part)
  try {
    localStorage.setItem(KEY, JSON.stringify(useFindings.getState()))
  } catch {
    // kept for this window only
  }
}

export function acknowledge(finding: FindingReport, done: boolean): void {
  const key = findingKey(finding)
  const others = useFindings.getState().acknowledged.filter((entry) => entry !== key)
  keep({ acknowledged: done ? [...others, key].slice(-MOST) : others })
}

/** `host` null: the whole rule. */
export function suppress(rule: string, host: string | null): void {
  const key = host === null ? rule : `${rule} ${host}`
  const { suppressed } = useFindings.getState()
  if (!suppressed.includes(key)) keep({ suppressed: [...suppressed, key].slice(-MOST) })
}

/** Shows again what was suppressed among these findings. */
export function showAgain(findings: readonly FindingReport[]): void {
  const keys = new Set(findings.flatMap(keysOf))
  keep({ suppressed: useFindings.getState().suppressed.filter((key) => !keys.has(key)) })
}

export function isSuppressed(memory: FindingMemory, finding: FindingReport): boolean {
  return keysOf(finding).some((key) => memory.suppressed.includes(key))
}

function keysOf(finding: FindingReport): string[] {
  return [finding.rule, ...[finding.claimant, finding.victim].filter((a) => a != null).map((address) => `${finding.rule} ${address}`)]
}

/** A Wireshark display filter for the evidence: its frames, and what the two addresses exchanged. */
export function wiresharkFilter(finding: FindingReport): string {
  const frames = finding.frames.length === 0 ? '' : `frame.number in {${finding.frames.slice(0, 50).join(', ')}}`
  const hosts = [finding.claimant, finding.victim]
    .filter((a) => a != null)
    .map((address) => `${address.includes(':') ? 'ipv6' : 'ip'}.addr == ${address}`)
  const both = hosts.length === 2 ? `(${hosts.join(' && ')})` : hosts.join('')
  return [frames, both].filter((part) => part !== '').join(' || ')
}
