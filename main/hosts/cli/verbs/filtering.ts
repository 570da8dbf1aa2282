/** Display filters of the command line. */
import type { FieldRecorder } from '../../../../dissectors/core/recorder.ts'
import type { ColumnSource } from '../../../engine/filter/columns.ts'
import { Exit, Failure } from '../failure.ts'

export type Matches = (recorder: FieldRecorder, columns: ColumnSource, row: number) => boolean

export function prepareFilter(text: string | undefined): Matches | null {
  if (text === undefined) return null
  throw new Failure(Exit.Usage, 'filters are not built into this version')
}
