/**
 * What was judged worst about a session, in its own words, where its page begins: who is to blame must not be looked for below the paths. Only what
 * is serious, and only while nobody has dealt with it.
 */
import type { FindingReport } from '../../shared/report.ts'
import { SEVERITY_SIGNS, verdictAmong } from '../../shared/severity.ts'
import { showFinding } from '../findings/show.ts'
import { type FindingMemory, findingKey, isSuppressed, useFindings } from '../state/finding-store.ts'
import { visible } from '../text/visible.ts'

/** the worst of them, the first of equals; null when none is serious */
export function verdictOf(findings: readonly FindingReport[], memory: FindingMemory): FindingReport | null {
  return verdictAmong(findings.filter((one) => !isSuppressed(memory, one) && !memory.acknowledged.includes(findingKey(one))))
}

export function Verdict({ findings }: { findings: readonly FindingReport[] }) {
  const memory = useFindings()
  const worst = verdictOf(findings, memory)
  if (worst === null) return null
  return (
    <p className="verdict">
      <button
        type="button"
        className={`link severity-word-${worst.severity}`}
        onClick={() => showFinding(worst.id)}
        title={`${worst.severity}: to the evidence`}
      >
        <span aria-hidden="true">{SEVERITY_SIGNS[worst.severity]}</span> <span className="hidden">{worst.severity}: </span>
        {visible(worst.title)}
      </button>
    </p>
  )
}
