/**
 * Packets or bytes a second over the capture, one line a series: at most 500 points in all, which is what recharts is made for. Loaded on
 * its own so that the first screen does not wait for it. Each line has a letter's dash besides its colour, and the legend its last value.
 */
import { useMemo } from 'react'
import { Line, LineChart, ResponsiveContainer } from 'recharts'
import { LIVE_POINTS, type LivePoint, type LiveRate } from '../../shared/live.ts'
import { CHART, RateAxes, SeriesKey, strokeOf } from '../charts/rate-axes.tsx'
import { count, rate } from '../text/format.ts'
import { visible } from '../text/visible.ts'

export type Measure = 'bytes' | 'packets'
export type Subject = 'interfaces' | 'paths'

const SERIES = 6

/** The busiest series of late, in the order of their names, so that colours stay; their points thinned to 500 over all series. */
export function chartSeries(
  points: readonly LivePoint[],
  subject: Subject,
  measure: Measure,
): { names: string[]; rows: { time: number; values: (number | null)[] }[] } {
  const which = measure === 'bytes' ? 2 : 1
  const sums = new Map<string, number>()
  for (const point of points) for (const one of point[subject]) sums.set(one[0], (sums.get(one[0]) ?? 0) + one[which] * point.seconds)
  const names = [...sums.entries()]
    .sort((a, b) => b[1] - a[1])
    .slice(0, SERIES)
    .map(([name]) => name)
    .sort()
  const step = Math.max(1, Math.ceil((points.length * Math.max(1, names.length)) / LIVE_POINTS))
  const start = points.length === 0 ? 0 : points[0]!.t - points[0]!.seconds
  const rows: { time: number; values: (number | null)[] }[] = []
  for (let from = 0; from < points.length; from += step) {
    const group = points.slice(from, from + step)
    const seconds = group.reduce((sum, point) => sum + point.seconds, 0)
    const mean = (name: string) => {
      const of = (list: LiveRate[]) => list.find((one) => one[0] === name)?.[which] ?? 0
      return group.reduce((sum, point) => sum + of(point[subject]) * point.seconds, 0) / seconds
    }
    rows.push({ time: group.at(-1)!.t - start, values: names.map(mean) })
  }
  return { names, rows }
}

export default function RateChart({ points, subject, measure }: { points: readonly LivePoint[]; subject: Subject; measure: Measure }) {
  const { names, rows } = useMemo(() => chartSeries(points, subject, measure), [points, subject, measure])
  const words = (value: number) => (measure === 'bytes' ? rate(value) : `${count(Math.round(value))}/s`)
  const last = rows.at(-1)
  return (
    <>
      <div className="rate-chart">
        {rows.length < 2 ? (
          <p className="muted">Rates appear after two seconds.</p>
        ) : (
          <ResponsiveContainer width="100%" height="100%">
            <LineChart data={rows} {...CHART}>
              <RateAxes from={rows[0]!.time} to={rows.at(-1)!.time} words={words} decimals={0} />
              {names.map((name, at) => (
                <Line
                  key={name}
                  name={visible(name)}
                  dataKey={(row: { values: (number | null)[] }) => row.values[at] ?? null}
                  type="linear"
                  {...strokeOf(at)}
                  strokeWidth={1.6}
                  isAnimationActive={false}
                  dot={false}
                />
              ))}
            </LineChart>
          </ResponsiveContainer>
        )}
      </div>
      <ul className="rate-legend">
        {names.map((name, at) => (
          <li key={name}>
            <SeriesKey series={at} />
            <span className={subject === 'paths' ? 'mono' : undefined}>{visible(name)}</span>
            <span className="muted number">{words(last?.values[at] ?? 0)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
