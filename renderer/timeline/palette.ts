/**
 * Colours of the canvas, read from the page's CSS variables so that light and dark have one source.
 * A path has a colour and a letter; colours repeat after six paths, letters do not.
 */

export interface Palette {
  panel: string
  ink: string
  muted: string
  line: string
  grid: string
  ok: string
  bad: string
  badText: string
  warn: string
  accent: string
  onAccent: string
  outage: string
  paths: string[]
  sans: string
}

export function readPalette(element: Element): Palette {
  // a variable may hold light-dark(): only a property of an element says which of the two is meant
  const probe = document.createElement('i')
  probe.hidden = true
  element.after(probe)
  const style = getComputedStyle(probe)
  const value = (name: string): string => {
    probe.style.color = `var(${name})`
    return style.color
  }
  const palette: Palette = {
    panel: value('--panel'),
    ink: value('--ink'),
    muted: value('--muted'),
    line: value('--line'),
    grid: value('--grid'),
    ok: value('--ok'),
    bad: value('--bad'),
    badText: value('--bad-text'),
    warn: value('--warn'),
    accent: value('--accent'),
    onAccent: value('--on-accent'),
    outage: value('--outage'),
    paths: [1, 2, 3, 4, 5, 6].map((number) => value(`--path-${number}`)),
    sans: style.getPropertyValue('--sans').trim(),
  }
  probe.remove()
  return palette
}

export function pathColour(palette: Palette, path: number): string {
  return palette.paths[path % palette.paths.length]!
}

/** CSS value for elements outside the canvas */
export function pathVariable(path: number): string {
  return `var(--path-${(path % 6) + 1})`
}

/** A, B ... Z, AA, AB ... */
export function pathLetter(path: number): string {
  let rest = path
  let letters = ''
  do {
    letters = String.fromCharCode(65 + (rest % 26)) + letters
    rest = Math.floor(rest / 26) - 1
  } while (rest >= 0)
  return letters
}
