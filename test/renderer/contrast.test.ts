/** Colours that can be told from what they stand on (WCAG 2.2: text 4.5:1, shapes 3:1), in both schemes; and the same ones in exported pages. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const css = readFileSync(join(root, 'renderer', 'styles', 'tokens.css'), 'utf8')
const colours = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [name, [light, dark]]),
)

function colour(name: string, scheme: 0 | 1): string {
  const found = colours.get(name)?.[scheme]
  if (found === undefined) throw new Error(`no colour --${name} in tokens.css`)
  return found
}

/** relative luminance (WCAG 2.2, definitions) */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const TEXTS = ['ink', 'muted', 'ok-text', 'bad-text', 'warn-text', 'accent']
const GROUNDS = ['bg', 'panel', 'raised', 'chip', 'hover', 'selected', 'bad-soft', 'warn-soft', 'accent-soft']
const SHAPES = ['path-1', 'path-2', 'path-3', 'path-4', 'path-5', 'path-6', 'ok', 'bad', 'accent']

describe.each<[string, 0 | 1]>([
  ['light', 0],
  ['dark', 1],
])('%s', (_, scheme) => {
  it('text can be read on every ground', () => {
    const poor = TEXTS.flatMap((text) => GROUNDS.map((ground) => [text, ground] as const)).filter(
      ([text, ground]) => contrast(colour(text, scheme), colour(ground, scheme)) < 4.5,
    )
    expect(poor).toEqual([])
    expect(contrast(colour('on-accent', scheme), colour('accent', scheme))).toBeGreaterThan(4.5)
  })

  it('paths and signs can be told from the panel', () => {
    expect(SHAPES.filter((shape) => contrast(colour(shape, scheme), colour('panel', scheme)) < 3)).toEqual([])
  })

  it('exported pages have the same colours', () => {
    const line = readFileSync(join(root, 'main', 'export', 'page-shell.ts'), 'utf8')
      .split('\n')
      .find((text) => text.startsWith(`const ${['light', 'dark'][scheme]} = `))
    for (const name of [...SHAPES, ...TEXTS]) expect(line, name).toContain(`--${name}:${colour(name, scheme)}`)
  })
})
