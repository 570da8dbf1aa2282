/** A severity as a sign and a word, so that it does not hang on colour. */
import { SEVERITY_SIGNS, type Severity } from '../../shared/severity.ts'

export function SeverityMark({ severity }: { severity: Severity }) {
  return (
    <span className={`severity severity-word-${severity}`}>
      <i aria-hidden="true">{SEVERITY_SIGNS[severity]}</i> {severity}
    </span>
  )
}
