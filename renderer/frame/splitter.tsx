/**
 * A bar between two panes: dragged, moved by arrow keys, reset by a double click. Says its value to assistive technology.
 */
import { useRef } from 'react'

export function Splitter(props: {
  orientation: 'horizontal' | 'vertical'
  label: string
  value: number
  low: number
  high: number
  /** key step, in the unit of `value` */
  step: number
  /** how `value` grows when the pointer moves one pixel right or down */
  perPixel(): number
  onChange(value: number): void
  onReset(): void
}) {
  const start = useRef<{ at: number; value: number; perPixel: number } | null>(null)
  const { orientation, value, low, high, step, onChange } = props
  const set = (next: number) => onChange(Math.min(high, Math.max(low, next)))
  const along = (event: React.PointerEvent) => (orientation === 'vertical' ? event.clientX : event.clientY)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a splitter is a separator that can be moved
    <div
      className={`splitter ${orientation}`}
      role="separator"
      aria-orientation={orientation}
      aria-label={props.label}
      aria-valuenow={Math.round((100 * (value - low)) / Math.max(1e-9, high - low))}
      aria-valuemin={0}
      aria-valuemax={100}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        start.current = { at: along(event), value, perPixel: props.perPixel() }
        event.preventDefault()
      }}
      onPointerMove={(event) => {
        const from = start.current
        if (from) set(from.value + (along(event) - from.at) * from.perPixel)
      }}
      onPointerUp={() => {
        start.current = null
      }}
      onPointerCancel={() => {
        start.current = null
      }}
      onDoubleClick={props.onReset}
      onKeyDown={(event) => {
        const sign = Math.sign(props.perPixel())
        if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') set(value - step * sign)
        else if (event.key === 'ArrowRight' || event.key === 'ArrowDown') set(value + step * sign)
        else return
        event.preventDefault()
      }}
    />
  )
}
