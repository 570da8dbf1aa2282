/**
 * Payload rate a path over the session, at most 160 bins a path and 480 points in all: recharts is made for that many and no more.
 * Loaded on its own so that the first screen does not wait for it.
 */
import { useEffect, useMemo, useState } from 'react'
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import type { SessionReport } from '../../shared/report.ts'
import { ask } from '../state/engine.ts'
import { bytes, moment, rate } from '../text/format.ts'
import { pathLetter, pathVariable } from '../timeline/palette.ts'
import { readSlice, type Slice } from '../timeline/slice.ts'
import { ticks } from '../timeline/time-scale.ts'
import { boundsOf } from '../timeline/timeline-card.tsx'

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
  const marks = useMemo(() => (slice ? ticks({ from: Math.max(0, slice.from), to: slice.to }, 400) : []), [slice])
  if (!slice) return <div className="throughput" />
  return (
    <div className="throughput">
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart data={points} margin={{ top: 6, right: 10, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid stroke="var(--grid)" vertical={false} />
          <XAxis
            dataKey="time"
            type="number"
            domain={['dataMin', 'dataMax']}
            ticks={marks.map((mark) => mark.time)}
            tickFormatter={(time: number) => marks.find((mark) => mark.time === time)?.label ?? ''}
            tick={{ fill: 'var(--muted)', fontSize: 11 }}
            stroke="var(--line)"
            tickLine={false}
            minTickGap={40}
          />
          <YAxis
            width={64}
            tickFormatter={(value: number) => `${bytes(value)}/s`}
            tick={{ fill: 'var(--muted)', fontSize: 11 }}
            stroke="var(--line)"
            tickLine={false}
            tickCount={4}
          />
          <Tooltip
            isAnimationActive={false}
            labelFormatter={(time) => moment(Number(time), 2)}
            formatter={(value) => rate(Number(value))}
            contentStyle={{ background: 'var(--panel)', border: '1px solid var(--line)', borderRadius: 6, fontSize: 12 }}
          />
          {lanes.map((lane) => (
            <Area
              key={lane}
              name={`path ${pathLetter(slice.paths[lane] ?? lane)}`}
              dataKey={(point: { rates: number[] }) => point.rates[lane]}
              type="stepAfter"
              stroke={pathVariable(slice.paths[lane] ?? lane)}
              strokeDasharray={['0', '5 2', '2 2', '8 3 2 3', '1 3', '10 4'][(slice.paths[lane] ?? lane) % 6]}
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
  )
}
