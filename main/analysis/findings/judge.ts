/**
 * How sure a finding is: a start value and what raises or lowers it (threats.md 0.5). A rule names the facts it knows; what it leaves out
 * changes nothing. Also the words for the benign explanations that every rule looks at, so that they read alike.
 */
import type { Check, Finding } from './ledger.ts'

type Severity = Finding['severity']

export interface Circumstances {
  /** the packet's hop limit differs by 3 or more from what the claimed sender's packets usually have */
  hopLimitDiffers?: boolean | null
  /** the former locator still sends, resets or answers after the switch */
  oldAlive?: boolean
  /** the new locator is in another origin network or prefix model and had nothing to do with the host before */
  unrelated?: boolean
  /** the same machine: equal link-layer address, DUID, identity, interface identifier or a name shared for more than a minute */
  sameNode?: boolean
  /** the authentication cannot be checked for want of keys */
  unverifiable?: boolean
  /** the context began before the capture */
  midCapture?: boolean
  /** only one direction was captured */
  oneDirection?: boolean
}

/** Start plus adjustments, 0 to 100. */
export function confidence(start: number, facts: Circumstances, more = 0): number {
  let value = start + more
  if (facts.hopLimitDiffers === true) value += 15
  if (facts.oldAlive === true) value += 20
  if (facts.unrelated === true) value += 10
  if (facts.sameNode === true) value -= 25
  if (facts.unverifiable === true) value -= 40
  if (facts.midCapture === true) value -= 30
  if (facts.oneDirection === true) value -= 20
  return Math.max(0, Math.min(100, Math.round(value)))
}

/** Of a context that began before the capture nothing is said louder than a hint: what explains it may have been in what is missing (threats.md 8). */
export function hinted(severity: Severity, midCapture: boolean): Severity {
  return midCapture && severity !== 'info' ? 'low' : severity
}

/** A benign explanation that was looked at and does not hold. */
export function ruledOut(name: string, detail?: string): Check {
  return detail === undefined ? { name, result: 'ruled out' } : { name, result: 'ruled out', detail }
}

/** One that may hold. */
export function possible(name: string, detail?: string): Check {
  return detail === undefined ? { name, result: 'possible' } : { name, result: 'possible', detail }
}

/** One that the capture could not show. */
export function notObservable(name: string, detail?: string): Check {
  return detail === undefined ? { name, result: 'not observable' } : { name, result: 'not observable', detail }
}

export function check(name: string, holds: boolean | null, detail?: string): Check {
  return holds === null ? notObservable(name, detail) : holds ? possible(name, detail) : ruledOut(name, detail)
}
