/**
 * Payload rate a path over the session, at most 160 bins a path and 480 points in all: recharts is made for that many and no more.
 * Loaded on its own so that the first screen does not wait for it.
 */
import { useEffect, useMemo, useState } from 'react'
import { Area, AreaChart, ResponsiveContainer } from 'recharts'
import type { SessionReport } from '../../shared/report.ts'
import { CHART, RateAxes, SeriesKey, strokeOf } from '../charts/rate-axes.tsx'
import { ask } from '../state/engine.ts'
import { rate } from '../text/format.ts'
import { boundsOf } from '../timeline/bounds.ts'
import { pathLetter, pathVariable } from '../timeline/palette.ts'
import { readSlice, type Slice } from '../timeline/slice.ts'

const POINTS = 480

/** one point a bin: time and bytes a second by lane; bins are joined until the points fit */
export function throughputPoints(slice: Slice, most: number): { time: number; rates: number[] }[] {
  const bins = slice.lanes[0]?.toResponder.length ?? 0
  const per = Math.max(1, Math.ceil((bins * slice.lanes.length) / most))
  const points: { time: number; rates: number[] }[] = []
  for (let from = 0; from < bins; from += per) {
    const to = Math.min(bins, from + per)
    const rates = slice.lanes.map((lane) => {
      let sum = 0
      for (let bin = from; bin < to; bin++) sum += lane.toResponder[bin]! + lane.toInitiator[bin]!
      return sum / ((to - from) * slice.binSeconds)
    })
    points.push({ time: slice.from + ((from + to) / 2) * slice.binSeconds, rates })
  }
  return points
}

export default function Throughput({ session, origin }: { session: SessionReport; origin: number }) {
  const [slice, setSlice] = useState<Slice | null>(null)
  useEffect(() => {
    let late = false
    const bounds = boundsOf(session, origin)
    const width = Math.max(16, Math.min(160, Math.floor(POINTS / Math.max(1, session.pairs.length))))
    void ask('timeline', { session: session.id, from: bounds.from + origin, to: bounds.to + origin, width }).then((answer) => {
      if (!late && answer.ok) setSlice(readSlice(answer.value, origin, session.pairs))
    })
    return () => {
      late = true
    }
  }, [session, origin])
  const points = useMemo(() => (slice ? throughputPoints(slice, POINTS) : []), [slice])
  // the six busiest paths tell the story; the rest are in the table of paths
  const lanes = useMemo(() => {
    if (!slice) return []
    const total = (lane: number) => points.reduce((sum, point) => sum + point.rates[lane]!, 0)
    return slice.lanes
      .map((_, at) => at)
      .sort((a, b) => total(b) - total(a))
      .slice(0, 6)
  }, [slice, points])
  if (!slice) return <div className="throughput" />
  // what carried nothing has no line to be told from others
  const drawn = lanes.filter((lane) => points.some((point) => point.rates[lane]! > 0)).map((lane) => slice.paths[lane] ?? lane)
  const keys = [...new Set(drawn)].sort((a, b) => a - b)
  return (
    <>
      <div className="throughput">
        <ResponsiveContainer width="100%" height="100%">
          <AreaChart data={points} {...CHART}>
            <RateAxes from={Math.max(0, slice.from)} to={slice.to} words={rate} decimals={2} />
            {lanes.map((lane) => (
              <Area
                key={lane}
                name={`path ${pathLetter(slice.paths[lane] ?? lane)}`}
                dataKey={(point: { rates: number[] }) => point.rates[lane]}
                type="stepAfter"
                {...strokeOf(slice.paths[lane] ?? lane)}
                fill={pathVariable(slice.paths[lane] ?? lane)}
                fillOpacity={0.16}
                strokeWidth={1.5}
                isAnimationActive={false}
                dot={false}
              />
            ))}
          </AreaChart>
        </ResponsiveContainer>
      </div>
      {keys.length > 1 && (
        <ul className="rate-legend">
          {keys.map((path) => (
            <li key={path}>
              <SeriesKey series={path} /> path {pathLetter(path)}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
