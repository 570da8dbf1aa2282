/** Display filters of the command line: compiled before any file is opened, so that a typo costs nothing. */
import { type CompiledFilter, compileFilterText } from '../../../engine/filter/compile.ts'
import { Exit, Failure } from '../failure.ts'

/** null without a filter; a usage failure with position and expectation when the text is none. */
export function prepareFilter(text: string | undefined): CompiledFilter | null {
  if (text === undefined) return null
  const compiled = compileFilterText(text)
  if (compiled.ok) return compiled
  const { message, position, expected } = compiled
  throw new Failure(Exit.Usage, `filter, character ${position + 1}: ${message.replace(/\.$/, '')}; expected ${expected}: ${text}`)
}
