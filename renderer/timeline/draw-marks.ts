/**
 * Paints signals: diamonds with their words. Hollow is information, a bar means that it came to nothing, a dot that it is proven; findings are
 * flags, filled from medium on: told by shape as well as by colour. Words have an edge of the background's colour, so that lines may pass behind them.
 */
import { type Severity, worseFirst } from '../../shared/severity.ts'
import type { Scene } from './draw.ts'
import type { Palette } from './palette.ts'
import { timeToX } from './time-scale.ts'

const FONT = 11

export function halo(context: CanvasRenderingContext2D, palette: Palette, text: string, x: number, y: number): void {
  context.strokeStyle = palette.panel
  context.lineWidth = 4
  context.lineJoin = 'round'
  context.strokeText(text, x, y)
  context.fillText(text, x, y)
}

export function drawMarks(context: CanvasRenderingContext2D, scene: Scene): void {
  const { palette, width, view, layout, pointer } = scene
  context.font = `${FONT}px ${palette.sans}`
  context.textAlign = 'left'
  for (const cluster of scene.clusters) {
    const x = timeToX(view, width, cluster.time)
    if (x < -220 || x > width + 20) continue
    const box = layout.boxes[layout.boxOf[cluster.speaker.lane] ?? -1]
    if (!box) continue
    const y = box.marksTop + 10
    if (cluster.row >= 0) {
      const below = cluster.row === 1
      context.fillStyle = palette.muted
      if (below) {
        context.strokeStyle = palette.line
        context.lineWidth = 1
        context.beginPath()
        context.moveTo(x, y + 5)
        context.lineTo(x, y + 11)
        context.stroke()
      }
      halo(context, palette, cluster.label, x + cluster.offset, below ? y + 16 : y)
    }
    const near = pointer !== null && Math.abs(pointer.x - x) < 7 && Math.abs(pointer.y - y) < 12
    if (cluster.speaker.kind === 'finding') drawFlag(context, palette, x, y, cluster.speaker.severity ?? 'info', near)
    else drawDiamond(context, palette, x, y, cluster.speaker.kind, cluster.marks.length > 1, near)
  }
}

/** a finding: a flag on a pole, hollow where nothing has to be done */
function drawFlag(context: CanvasRenderingContext2D, palette: Palette, x: number, y: number, severity: Severity, near: boolean): void {
  const grave = worseFirst(severity, 'low') < 0
  const tall = near ? 9 : 7.5
  context.lineJoin = 'round'
  context.lineWidth = near ? 2 : 1.6
  context.strokeStyle = grave ? palette.bad : palette.muted
  context.fillStyle = grave ? palette.bad : palette.panel
  context.beginPath()
  context.moveTo(x - 2, y + tall)
  context.lineTo(x - 2, y - tall)
  context.lineTo(x + tall, y - tall / 2)
  context.lineTo(x - 2, y)
  context.fill()
  context.stroke()
}

/** hollow: information; filled with a bar: came to nothing; dot: proven */
function drawDiamond(
  context: CanvasRenderingContext2D,
  palette: Palette,
  x: number,
  y: number,
  kind: string,
  several: boolean,
  near: boolean,
): void {
  const size = near ? 6.5 : 5
  const bad = kind === 'refused' || kind === 'link' || kind === 'icmp' || kind === 'withdrawn'
  const path = (at: number) => {
    context.beginPath()
    context.moveTo(at, y - size)
    context.lineTo(at + size, y)
    context.lineTo(at, y + size)
    context.lineTo(at - size, y)
    context.closePath()
  }
  context.lineWidth = 1.4
  context.strokeStyle = bad ? palette.bad : palette.ink
  context.fillStyle = palette.panel
  if (several) {
    path(x + 3)
    context.fill()
    context.stroke()
  }
  path(x)
  context.fill()
  context.stroke()
  if (kind === 'verified' || kind === 'opened') {
    context.fillStyle = kind === 'verified' ? palette.ok : palette.ink
    context.beginPath()
    context.arc(x, y, 2, 0, Math.PI * 2)
    context.fill()
  } else if (bad) {
    context.fillStyle = palette.bad
    context.fillRect(x - 2.5, y - 0.75, 5, 1.5)
  }
}
