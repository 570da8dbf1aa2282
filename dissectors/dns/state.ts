/**
 * Which queries wait for an answer: by flow (LLMNR: by the asker's port, its answers come from elsewhere) and transaction id.
 * Kept for 30 s after the query and not taken out by an answer, so that a second answer to one query is still known as such.
 * 8,192 places, 20 bytes each; a newer query takes the place of an older one.
 */
import { StateKey } from '../core/state.ts'

const PLACES = 8_192
const LIFE = 30e9

export class QueryTable {
  private readonly key = new Int32Array(PLACES).fill(-1)
  private readonly id = new Uint16Array(PLACES)
  private readonly question = new Uint32Array(PLACES)
  private readonly time = new Float64Array(PLACES)

  private place(key: number, id: number): number {
    return (Math.imul(key ^ (id << 15), 0x9e3779b1) >>> 19) & (PLACES - 1)
  }

  asked(key: number, id: number, question: number, time: number): void {
    const at = this.place(key, id)
    this.key[at] = key
    this.id[at] = id
    this.question[at] = question
    this.time[at] = time
  }

  /** Was this asked, and is the answer in time? */
  waits(key: number, id: number, question: number, time: number): boolean {
    const at = this.place(key, id)
    return this.key[at] === key && this.id[at] === id && this.question[at] === question && time - (this.time[at] as number) <= LIFE
  }
}

export const queryTable = new StateKey<QueryTable>('dns', () => new QueryTable())

/** Names are equal whatever their case (RFC 4343). */
export function questionHash(name: string, type: number): number {
  let h = type
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    h = Math.imul(h ^ (code >= 65 && code <= 90 ? code + 32 : code), 0x01000193)
  }
  return (h ^ (h >>> 15)) >>> 0
}
