/**
 * How large a growing column is made next. Twice as large, as long as that is little; then at once as large as it may ever get: memory that nobody has
 * written to yet is only promised, while the columns that a copy leaves behind are all there until they are collected. With a dozen columns of a
 * million flows that is hundreds of megabytes at one moment.
 */
const LITTLE = 131_072

/** Entries of a column that has `now` of them and is full; `most`: how many there can be. */
export function nextCapacity(now: number, most: number): number {
  return now < LITTLE ? now * 2 : Math.max(now + 1, most)
}
