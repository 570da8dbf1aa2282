/**
 * The newest eight filter results of a capture: rows by id, those of a whole capture by text, too. An id of a result that went is told apart
 * from none. A capture that grows is filtered again and again: of one text only the two newest stay, the one that is shown and its successor.
 */
import { ContractFailure } from './failure.ts'

const KEPT = 8
const KEPT_OF_TEXT = 2

interface FilterResult {
  id: string
  text: string
  rows: Uint32Array
  /** nothing was to come any more when it was made */
  whole: boolean
}

export class KeptFilters {
  private results: FilterResult[] = []
  private number = 0

  clear(): void {
    this.results = []
  }

  keep(text: string, rows: Uint32Array, whole: boolean): string {
    const id = `f${++this.number}`
    this.results.push({ id, text, rows, whole })
    const same = this.results.filter((entry) => entry.text === text)
    if (same.length > KEPT_OF_TEXT) this.results.splice(this.results.indexOf(same[0] as FilterResult), 1)
    if (this.results.length > KEPT) this.results.shift()
    return id
  }

  byText(text: string): FilterResult | undefined {
    return this.results.find((entry) => entry.whole && entry.text === text)
  }

  /** null: every row */
  rows(id: string | null): Uint32Array | null {
    if (id === null || id === '') return null
    const result = this.results.find((entry) => entry.id === id)
    if (result === undefined) throw new ContractFailure('not-found', `there is no filter result '${id}'`, 'Send the filter again.')
    return result.rows
  }
}
