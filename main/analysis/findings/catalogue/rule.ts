/** What the catalogue says of one rule. Pages for people are made from it; findings take their reference from it. */
import type { FindingReport } from '../../../../shared/report.ts'

/** A benign cause that looks like the rule's own. It has a scene of its own in the tests, in which the rule stays below medium. */
export interface LookAlike {
  /** what its scene is called by, unique within the rule */
  id: string
  /** the cause, and how it is told apart */
  text: string
}

/** A cause that no capture can tell apart: each finding names it among its checks, for a person to decide. */
export interface Doubt {
  /** the name of that check */
  check: string
  text: string
}

export interface CatalogueRule {
  /** name in the report, e.g. 'T-ND-FLIP', 'ING-2' */
  id: string
  title: string
  /** RFCs with sections, or where else the rule comes from; what findings print as their reference */
  source: string
  /** the condition in plain sentences, with its thresholds */
  rule: string
  severity: { value: FindingReport['severity']; when: string }[]
  /** where confidence begins; adjustments are in `judge.ts` */
  confidence: { value: number; when: string }[]
  /** benign causes that look alike, and how each is told apart */
  lookAlikes: readonly LookAlike[]
  doubts?: readonly Doubt[]
  /** a sequence of packets that fires it, and one that does not */
  fires: string
  quiet: string
  /** what to do about it */
  repair: string
}
