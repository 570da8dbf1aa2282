/** A rate over the last half minute in a few pixels; the number beside it says the same. One path, no library. */
import { memo } from 'react'
import { SPARK } from '../state/live-store.ts'

const WIDE = 96
const TALL = 24

export const Sparkline = memo(function Sparkline({ values }: { values: readonly number[] }) {
  const most = Math.max(1, ...values)
  const x = (at: number) => WIDE - ((values.length - 1 - at) * WIDE) / (SPARK - 1)
  const y = (value: number) => TALL - 2 - (value / most) * (TALL - 4)
  const line = values.map((value, at) => `${at === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('')
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDE} ${TALL}`} width={WIDE} height={TALL} aria-hidden="true">
      <path d={`M0 ${TALL - 1.5}H${WIDE}`} className="spark-base" />
      {values.length > 1 && (
        <>
          <path d={`${line}L${WIDE} ${TALL - 2}L${x(0).toFixed(1)} ${TALL - 2}Z`} className="spark-fill" />
          <path d={line} className="spark-line" />
        </>
      )}
    </svg>
  )
})
