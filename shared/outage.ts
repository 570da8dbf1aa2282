/**
 * What of a move was an outage (rehoming.md section 5): the time without delivery in which something was to be delivered. Where nothing was lost and
 * nothing sent again, a long time between two deliveries is the application's own silence: a pause, which no list may call its worst outage. Where
 * losses cannot be seen, nothing says that it was a pause. Pure.
 */

/** ms; longer than any change of path takes by itself */
const PAUSE = 3000

interface Measured {
  outage: { value: number } | null
  lost: { value: number } | null
  retransmitted: { value: number } | null
}

export function isPause({ outage, lost, retransmitted }: Measured): boolean {
  return outage !== null && outage.value >= PAUSE && lost?.value === 0 && retransmitted?.value === 0
}

/** ms; null where it is not known, and for a pause */
export function outageOf(metrics: Measured): number | null {
  return metrics.outage === null || isPause(metrics) ? null : metrics.outage.value
}

/** The longest of all; null when none is known. */
export function worstOutage(all: Iterable<Measured>): number | null {
  let worst: number | null = null
  for (const one of all) {
    const value = outageOf(one)
    if (value !== null && (worst === null || value > worst)) worst = value
  }
  return worst
}
