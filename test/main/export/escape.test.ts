/** Escaping, a table for each place that text goes to. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvCell, htmlText, jsonText, markdownText, plainText } from '../../../main/export/escape.ts'
import { forbidden } from './markup.ts'

describe('escape', () => {
  it.each([
    ['plain', 'upA · 2001:db8::1 → äöü 漢字 😀', 'upA · 2001:db8::1 → äöü 漢字 😀'],
    ['NUL and terminal escapes', '\u0000\u001b[31m\u009b2J\u007f', '\\x00\\x1b[31m\\x9b2J\\x7f'],
    ['line ends', 'a\r\nb\u2028c', 'a\\x0d\\x0ab\\u{2028}c'],
    ['bidirectional controls', 'a\u202eb\u2066c\u2069\u200f\u061c', 'a\\u{202e}b\\u{2066}c\\u{2069}\\u{200f}\\u{61c}'],
    ['invisible characters', 'a\u200bb\ufeff\u00ad\u{e0041}', 'a\\u{200b}b\\u{feff}\\xad\\u{e0041}'],
    ['lone surrogates', '\ud800 \udc00 \ud83d\ude00', '\\u{d800} \\u{dc00} 😀'],
  ])('plain text: %s', (_name, given, wanted) => {
    expect(plainText(given)).toBe(wanted)
  })

  it('cuts what nobody would read', () => {
    expect([plainText('x'.repeat(70_000)).length, plainText('x'.repeat(4000)).length]).toEqual([4001, 4000])
  })

  it.each([
    ['markup', `<b a="1" b='2'>&amp;</b>`, '&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;&lt;/b&gt;'],
    ['control characters', '<\u0000>', '&lt;\\x00&gt;'],
  ])('html: %s', (_name, given, wanted) => {
    expect(htmlText(given)).toBe(wanted)
  })

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\\x09=1"],
    ['\rx', "'\\x0dx"],
    ['  =1', `"'  =1"`.replace(/"/g, '')],
    ['＝1', "'＝1"],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['=cmd|"/c calc",1', `"'=cmd|""/c calc"",1"`],
    ['a\nb', 'a\\x0ab'],
    [' padded ', '" padded "'],
    [-5.25, '-5.25'],
    [Number.NaN, ''],
    [null, ''],
    [undefined, ''],
    [true, 'true'],
    ['2001:db8::1', '2001:db8::1'],
  ])('csv: %j', (given, wanted) => {
    expect(csvCell(given)).toBe(wanted)
  })

  it.each([
    ['a|b', 'a\\|b'],
    ['<script>', '\\<script\\>'],
    ['[x](http://evil.example)', '\\[x\\](http\\://evil.example)'],
    ['![x](y)', '\\!\\[x\\](y)'],
    ['www.evil.example', 'www\\.evil.example'],
    ['`code` *bold* _em_ ~s~', '\\`code\\` \\*bold\\* \\_em\\_ \\~s\\~'],
    ['MP_JOIN', 'MP_JOIN'],
    ['# head #12', '\\# head \\#12'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['1.25 s', '1.25 s'],
    ['a\\|b', 'a\\\\\\|b'],
    ['&lt;', '\\&lt;'],
    ['line\nbreak', 'line\\\\x0abreak'],
  ])('markdown: %j', (given, wanted) => {
    expect(markdownText(given)).toBe(wanted)
  })

  it('gives JSON back as it was, without raw characters that act', () => {
    const value = { text: '\u202e\u0000\u001b\u009f\u2028\ud800 "\\ 😀 \u{e0041}', list: [1.5, null] }
    const text = jsonText(value)
    expect(JSON.parse(text)).toEqual(value)
    expect(text).not.toMatch(forbidden)
  })

  it('lets nothing through, whatever comes', () => {
    const anything = fc
      .array(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('<', '"', "'", '\u202e', '\u0000', '\ud800', '=', ',', '\r', '|', '\\')),
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(anything, (text) => {
        expect(plainText(text)).not.toMatch(/\n/)
        expect(plainText(text)).not.toMatch(forbidden)
        expect(htmlText(text)).not.toMatch(/[<>"']/)
        expect(csvCell(text)).not.toMatch(/^"?[=+\-@\t\r]/)
        expect(csvCell(text)).toMatch(/^(?:[^",\r\n]*|"(?:[^"]|"")*")$/)
        expect(markdownText(text).replace(/\\./g, '')).not.toMatch(/[<>|`[\]]/)
        expect(JSON.parse(jsonText({ text }))).toEqual({ text })
      }),
      { numRuns: 300, seed: 7 },
    )
  })
})
