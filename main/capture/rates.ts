/** Rates out of running totals: packets and bytes a second of each interface and of the busiest paths since the last look. */
import type { FlowTable } from '../../dissectors/core/flows.ts'
import type { LivePoint, LiveRate } from '../../shared/live.ts'

/** Paths that are told; the rest is in the totals of the interfaces. */
const PATHS = 8
/** Paths whose totals are known at a time, the busiest: one that was not among them before has no rate yet. */
const KNOWN_PATHS = 64

/** [series, packets, bytes] since the capture began */
export type Total = [string, number, number]

export class RateMeter {
  private before: { t: number; interfaces: Total[]; paths: Total[] } | null = null

  point(t: number, interfaces: Total[], paths: Total[]): LivePoint {
    const { before } = this
    this.before = { t, interfaces, paths }
    const seconds = before === null ? 1 : Math.max(0.001, t - before.t)
    return {
      t,
      seconds,
      interfaces: interfaces.map((total) => rate(total, before?.interfaces, seconds)),
      paths: paths
        .filter(([name]) => before === null || before.paths.length < KNOWN_PATHS || before.paths.some((one) => one[0] === name))
        .map((total) => rate(total, before?.paths, seconds))
        .filter(([, packets]) => packets > 0)
        .sort((a, b) => b[2] - a[2])
        .slice(0, PATHS),
    }
  }
}

/** A series that began anew (the analysis did) has no negative rate. */
function rate([name, packets, bytes]: Total, before: Total[] | undefined, seconds: number): LiveRate {
  const was = before?.find((one) => one[0] === name)
  const since = was === undefined || was[1] > packets ? ([name, 0, 0] as Total) : was
  return [name, (packets - since[1]) / seconds, (bytes - since[2]) / seconds]
}

/** Totals of the busiest locator pairs, by all their flows. Cost: one look at each flow. */
export function busiestPaths(flows: FlowTable): Total[] {
  const sums = new Map<number, [number, number, number, number]>()
  for (let flow = 0; flow < flows.count; flow++) {
    const [a, b] = [flows.addressA[flow] as number, flows.addressB[flow] as number]
    const key = Math.min(a, b) * 0x4000000 + Math.max(a, b)
    let sum = sums.get(key)
    if (sum === undefined) {
      sum = [0, 0, a, b]
      sums.set(key, sum)
    }
    sum[0] += (flows.packets[flow * 2] as number) + (flows.packets[flow * 2 + 1] as number)
    sum[1] += (flows.bytes[flow * 2] as number) + (flows.bytes[flow * 2 + 1] as number)
  }
  return [...sums.values()]
    .sort((x, y) => y[1] - x[1])
    .slice(0, KNOWN_PATHS)
    .map(([packets, bytes, a, b]) => [`${flows.addresses.text(a)} - ${flows.addresses.text(b)}`, packets, bytes])
}
