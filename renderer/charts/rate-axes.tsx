/**
 * What every chart of rates has in common: grid, time below, rate at the side, the read-out under the pointer, and how one series is told from
 * another (colour and dash). Used inside a recharts chart of rows with a `time` in seconds; at most 500 points, which is what it is made for.
 */
import { CartesianGrid, Tooltip, XAxis, YAxis } from 'recharts'
import { moment } from '../text/format.ts'
import { pathVariable } from '../timeline/palette.ts'
import { ticks } from '../timeline/time-scale.ts'

const DASHES = ['0', '5 2', '2 2', '8 3 2 3', '1 3', '10 4']
const TICK = { fill: 'var(--muted)', fontSize: 11 }

export const CHART = { margin: { top: 6, right: 10, bottom: 0, left: 0 }, accessibilityLayer: false } as const

/** colour and dash of a series, for its line and for its key */
export function strokeOf(series: number): { stroke: string; strokeDasharray: string } {
  return { stroke: pathVariable(series), strokeDasharray: DASHES[series % DASHES.length] as string }
}

/** the line of a series as its key has it */
export function SeriesKey({ series }: { series: number }) {
  return (
    <svg width="22" height="8" aria-hidden="true">
      <path d="M0 4H22" strokeWidth="2" {...strokeOf(series)} />
    </svg>
  )
}

export function RateAxes({ from, to, words, decimals }: { from: number; to: number; words: (value: number) => string; decimals: number }) {
  const marks = ticks({ from, to }, 400)
  return (
    <>
      <CartesianGrid stroke="var(--grid)" vertical={false} />
      <XAxis
        dataKey="time"
        type="number"
        domain={['dataMin', 'dataMax']}
        ticks={marks.map((mark) => mark.time)}
        tickFormatter={(time: number) => marks.find((mark) => mark.time === time)?.label ?? ''}
        tick={TICK}
        stroke="var(--line)"
        tickLine={false}
        minTickGap={30}
      />
      <YAxis width={72} tickFormatter={words} tick={TICK} stroke="var(--line)" tickLine={false} tickCount={4} />
      <Tooltip
        isAnimationActive={false}
        separator=" "
        labelFormatter={(time) => moment(Number(time), decimals)}
        formatter={(value) => words(Number(value))}
        contentStyle={{ background: 'var(--raised)', border: '1px solid var(--line)', borderRadius: 6, fontSize: 12, padding: '5px 9px' }}
        itemStyle={{ color: 'var(--ink)', padding: 0 }}
      />
    </>
  )
}
