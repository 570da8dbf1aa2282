import { describe, expect, it } from 'vitest'
import { compilePattern, MAX_INPUT } from '../../../shared/filter/pattern.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0) & 255)

function matches(source: string, text: string): boolean | string {
  const compiled = compilePattern(source)
  if (!compiled.ok) return compiled.message
  // In the middle of a larger memory, so that reading outside shows.
  const memory = bytes(`zz${text}zz`)
  return compiled.pattern.test(memory, 2, 2 + text.length)
}

const patterns = [
  '', 'a', 'abc', 'A.C', '^abc', 'abc$', '^$', '^a*$', 'a+b', 'ab?c', 'a|b|cd', '(ab|c)+d', '(?:x|y){2}', 'a{3}', 'a{2,}', 'a{1,2}b',
  '[abc]', '[^abc]', '[a-f0-9]+', '[]x]', '[a-]', String.raw`\d+`, String.raw`\D`, String.raw`\w+\s\w+`, String.raw`[\d.]+`,
  String.raw`\x41\x42`, String.raw`\.`, String.raw`\bword\b`, String.raw`\Bord`, 'a.*b.*c', '(a*)*b', '(a|a)*b', 'x*?y', '{', 'a{x', '()', '(|a)b',
] // biome-ignore format: a list
const texts = ['', 'a', 'b', 'abc', 'xABCx', 'aaab', 'abcd', 'cd', 'xyxy', '2001:db8', 'ab ab', 'A', '.', '-', ']', 'word', 'sword', 'a word!', 'AB', 'a1b2c3', 'a\nb', '{', 'a{x'] // biome-ignore format: a list

describe('patterns', () => {
  it.each(patterns)("'%s' matches what a regular expression does", (source) => {
    // JavaScript reads ']' first in a class and '{' alone otherwise than PCRE, which Wireshark uses.
    const reference = new RegExp(source.replace('[]x]', String.raw`[\]x]`), 'i')
    expect(texts.map((text) => [text, matches(source, text)])).toEqual(texts.map((text) => [text, reference.test(text)]))
  })

  const refused: [string, string][] = [
    ['(a', "')' is missing"],
    ['a)', "')' without '('"],
    ['[a', "']' is missing"],
    ['[z-a]', 'the range in [...] is the wrong way round'],
    ['*a', "'*' has nothing to repeat"],
    ['a**', 'a quantifier follows a quantifier'],
    ['a{3,2}', 'the bounds of {m,n} are the wrong way round'],
    [String.raw`(a)\1`, 'back references are not taken'],
    ['(?=a)', 'only groups of the form (...) and (?:...) are taken, no look-around'],
    ['a\\', 'the pattern ends in a backslash'],
    [String.raw`\q`, String.raw`\q is not taken`],
    [String.raw`\xg`, String.raw`\x needs two hexadecimal digits`],
    ['((a{99}){99}){99}', 'the pattern needs more than 2000 states'],
    [`${'('.repeat(40)}a${')'.repeat(40)}`, 'groups are nested too deeply'],
  ]
  it.each(refused)("'%s' is refused", (source, message) => {
    expect(matches(source, 'a')).toBe(message)
  })

  it('cannot run away: time grows with the text, not with the ways to match it', () => {
    const text = 'a'.repeat(20_000)
    const started = performance.now()
    for (const source of ['(a*)*b', '(a|a)*b', '(a+a+)+b', 'a*a*a*a*a*b', '(.*)(.*)(.*)(.*)(.*)[^a]'])
      expect(matches(source, text)).toBe(false)
    // A backtracking matcher needs longer than the age of the universe for these.
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('reads at most 64 KiB', () => {
    const long = `${'a'.repeat(MAX_INPUT)}b`
    expect([matches('b', long), matches('b', long.slice(1))]).toEqual([false, true])
  })

  it('can be used again and again', () => {
    const compiled = compilePattern('^(ab|cd)+$')
    if (!compiled.ok) throw new Error(compiled.message)
    const seen = ['abcd', 'abc', 'ab', '', 'cdcd'].map((text) => compiled.pattern.test(bytes(text), 0, text.length))
    expect(seen).toEqual([true, false, true, false, true])
  })
})
