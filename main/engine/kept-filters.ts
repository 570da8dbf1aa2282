/** The newest eight filter results of a capture: rows by id and by text. An id of a result that went is told apart from none. */
import { ContractFailure } from './failure.ts'

const KEPT = 8

interface FilterResult {
  id: string
  text: string
  rows: Uint32Array
}

export class KeptFilters {
  private results: FilterResult[] = []
  private number = 0

  clear(): void {
    this.results = []
  }

  keep(text: string, rows: Uint32Array): string {
    const id = `f${++this.number}`
    this.results.push({ id, text, rows })
    if (this.results.length > KEPT) this.results.shift()
    return id
  }

  byText(text: string): FilterResult | undefined {
    return this.results.find((entry) => entry.text === text)
  }

  /** null: every row */
  rows(id: string | null): Uint32Array | null {
    if (id === null || id === '') return null
    const result = this.results.find((entry) => entry.id === id)
    if (result === undefined) throw new ContractFailure('not-found', `there is no filter result '${id}'`, 'Send the filter again.')
    return result.rows
  }
}
