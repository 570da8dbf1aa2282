/** Display filters of the command line: compiled before any file is opened, so that a typo costs nothing. */
import { compileFilterText } from '../../../engine/filter/compile.ts'
import { type ReadyFilter, ready } from '../../../engine/queries/filter.ts'
import { Exit, Failure } from '../failure.ts'

/** null without a filter; a usage failure with position and expectation when the text is none. */
export function prepareFilter(text: string | undefined): ReadyFilter | null {
  if (text === undefined) return null
  const compiled = compileFilterText(text)
  if (compiled.ok) return ready(compiled, text)
  const { message, position, expected } = compiled
  throw new Failure(Exit.Usage, `filter, character ${position + 1}: ${message.replace(/\.$/, '')}; expected ${expected}: ${text}`)
}
