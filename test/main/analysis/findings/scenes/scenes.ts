/**
 * What stands beside the plays that fire: for each rule of the catalogue a scene that stays quiet, and one for each of its look-alikes by the
 * look-alike's id. A look-alike is played twice, with the benign fact and without it: without, the rule has to speak, so that the scene shows
 * what tells the two apart and not something else that keeps the rule quiet.
 */
import type { FindingReport } from '../../../../../shared/report.ts'
import type { Stage } from '../../stage.ts'

export type LookAlikeScene = (benign: boolean) => FindingReport[]

export interface RuleScenes {
  /** left out: the rule's play */
  fires?: () => FindingReport[]
  quiet: () => FindingReport[]
  lookAlikes: Record<string, LookAlikeScene>
  /** further scenes that fire, which name the doubts that those above do not */
  more?: (() => FindingReport[])[]
}

export function over(stage: Stage, seconds = 90): FindingReport[] {
  stage.finish(seconds)
  return stage.analyzer.findings()
}
