/**
 * Which path carried a session when, as a picture of a few pixels: each path has its own row and colour, the same as on the timeline.
 * Drawn as one SVG of at most 64 rectangles; the words beside it say the same.
 */
import { memo } from 'react'
import { pathVariable } from '../timeline/palette.ts'

const ROWS = 4

export const PathStrip = memo(function PathStrip({
  strip,
  pairs,
  from,
  to,
  broken,
}: {
  strip: readonly [number, number, number][]
  pairs: number
  from: number
  to: number
  /** the moment the session broke, null when it did not */
  broken: number | null
}) {
  const rows = Math.max(1, Math.min(ROWS, Math.max(pairs, ...strip.map(([, , path]) => path + 1))))
  const height = rows === 1 ? 6 : rows === 2 ? 6 : 4
  const span = Math.max(1e-6, to - from)
  const x = (time: number) => Math.min(1000, Math.max(0, ((time - from) / span) * 1000))
  return (
    <svg
      className="path-strip"
      viewBox={`0 0 1000 ${rows * height}`}
      preserveAspectRatio="none"
      style={{ height: rows * height }}
      aria-hidden="true"
    >
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are their numbers
        <rect key={row} x={0} y={row * height + height / 2 - 0.5} width={1000} height={1} className="strip-rail" />
      ))}
      {strip.map(([start, end, path]) => (
        <rect
          key={`${start}-${path}`}
          x={Math.min(994, x(start))}
          y={(path % rows) * height + 0.5}
          width={Math.max(6, x(end) - x(start))}
          height={height - 1}
          fill={pathVariable(path)}
        />
      ))}
      {broken !== null && (
        <rect x={Math.min(992, Math.max(0, x(broken) - 4))} y={0} width={8} height={rows * height} className="strip-broken" />
      )}
    </svg>
  )
})
