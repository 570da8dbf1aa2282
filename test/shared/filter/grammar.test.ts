import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FilterNode, type FilterValue, MAX_DEPTH, MAX_NODES, parseFilter } from '../../../shared/filter/grammar.ts'
import { MAX_TEXT, stringBytes } from '../../../shared/filter/tokens.ts'

/** The tree as nested words, so that a table can hold it. */
function show(node: FilterNode): string {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return `(${node.kind} ${show(node.left)} ${show(node.right)})`
    case 'not':
      return `(not ${show(node.operand)})`
    case 'test':
      return `(has ${value(node.value)})`
    case 'compare':
      return `(${node.quantifier === null ? '' : `${node.quantifier} `}${node.operator} ${value(node.left)} ${value(node.right)})`
    case 'in': {
      const members = node.members.map(({ low, high }) => (high === null ? value(low) : `${value(low)}..${value(high)}`))
      return `(${node.negated ? 'not-in' : 'in'} ${value(node.value)} ${members.join(' ')})`
    }
  }
}

function value(v: FilterValue): string {
  switch (v.kind) {
    case 'word':
      return v.text
    case 'string':
      return JSON.stringify(v.text)
    case 'slice':
      return `${value(v.of)}[${v.ranges.map(({ start, length }) => `${start}+${length ?? 'rest'}`).join(',')}]`
    case 'call':
      return `${v.name}(${v.parameters.map(value).join(' ')})`
    case 'bits':
      return `${value(v.of)}&${value(v.mask)}`
  }
}

const good: [string, string][] = [
  ['sctp', '(has sctp)'],
  ['  tcp.options.mptcp\t', '(has tcp.options.mptcp)'],
  ['ip.src == 192.0.2.0/24', '(eq ip.src 192.0.2.0/24)'],
  ['ip.src==192.0.2.1&&tcp', '(and (eq ip.src 192.0.2.1) (has tcp))'],
  ['ipv6.src eq 2001:db8::1', '(eq ipv6.src 2001:db8::1)'],
  ['ipv6.src == ::1', '(eq ipv6.src ::1)'],
  ['a != 1', '(ne a 1)'],
  ['a ne 1', '(ne a 1)'],
  ['a ~= 1', '(any_ne a 1)'],
  ['a !== 1', '(any_ne a 1)'],
  ['a === 1', '(all_eq a 1)'],
  ['a lt 1', '(lt a 1)'],
  ['a <= 0x10', '(le a 0x10)'],
  ['a > -5', '(gt a -5)'],
  ['1 < a <= 5', '(and (lt 1 a) (le a 5))'],
  ['any a > 1', '(any gt a 1)'],
  ['all a > 1', '(all gt a 1)'],
  // precedence: not, and, xor, or
  ['a or b and c', '(or (has a) (and (has b) (has c)))'],
  ['a and b or c xor d', '(or (and (has a) (has b)) (xor (has c) (has d)))'],
  ['not a and b', '(and (not (has a)) (has b))'],
  ['not a == 1', '(not (eq a 1))'],
  ['!(a or b) && c', '(and (not (or (has a) (has b))) (has c))'],
  ['!!a', '(not (not (has a)))'],
  ['a ^^ b || c', '(or (xor (has a) (has b)) (has c))'],
  // sets
  ['tcp.port in {80, 443, 8000..8080}', '(in tcp.port 80 443 8000..8080)'],
  ['tcp.port in {80 443}', '(in tcp.port 80 443)'],
  ['tcp.port not in {80}', '(not-in tcp.port 80)'],
  ['ip.src in {10.0.0.1..10.0.0.9}', '(in ip.src 10.0.0.1..10.0.0.9)'],
  // slices: [offset:length], [first-last], [one], [:length], [offset:]
  ['eth.src[0:3] == 02:00:00', '(eq eth.src[0+3] 02:00:00)'],
  ['eth.src[1-2] == 00:00', '(eq eth.src[1+2] 00:00)'],
  ['eth.src[:3]', '(has eth.src[0+3])'],
  ['eth.src[3:]', '(has eth.src[3+rest])'],
  ['eth.src[-2:2] == aa-bb', '(eq eth.src[-2+2] aa-bb)'],
  ['eth.src[0:1,4-5] == 1', '(eq eth.src[0+1,4+2] 1)'],
  ['tcp.flags & 0x12 == 0x02', '(eq tcp.flags&0x12 0x02)'],
  ['tcp.flags bitwise_and 2', '(has tcp.flags&2)'],
  ['len(a) > 5 and lower(b) contains "x"', '(and (gt len(a) 5) (contains lower(b) "x"))'],
  // strings
  [String.raw`a == "x\"y\\z\t\x41"`, String.raw`(eq a "x\"y\\z\tA")`],
  [String.raw`a matches "\d+\."`, String.raw`(matches a "\\d+\\.")`],
  [String.raw`a == r"\x41"`, String.raw`(eq a "\\x41")`],
  ["a == 'quoted'", '(eq a "quoted")'],
  ['a ~ "x"', '(matches a "x")'],
]

describe('filters that are understood', () => {
  it.each(good)('%s', (text, tree) => {
    const parsed = parseFilter(text)
    expect(parsed.ok ? show(parsed.ast) : parsed).toBe(tree)
  })
})

const bad: [string, number, number, string, string][] = [
  ['', 0, 1, 'a field or a value', 'The filter ends here, but a field or a value is missing.'],
  ['tcp.port = 80', 9, 1, '==', "'=' alone is no operator; write '=='."],
  ['tcp | udp', 4, 1, '||', "'|' alone is no operator; write '||'."],
  ['tcp ; udp', 4, 1, 'a field, a value or an operator', "';' has no meaning in a filter."],
  ['(tcp', 4, 1, "')'", "The filter ends here, but ')' is missing."],
  [
    'tcp)',
    3,
    1,
    "an operator such as '&&' or the end of the filter",
    "Expected an operator such as '&&' or the end of the filter here, not ')'.",
  ],
  [
    'tcp udp',
    4,
    3,
    "an operator such as '&&' or the end of the filter",
    "Expected an operator such as '&&' or the end of the filter here, not 'udp'.",
  ],
  ['tcp and', 7, 1, 'a field or a value', 'The filter ends here, but a field or a value is missing.'],
  ['tcp.port ==', 11, 1, 'a field or a value', 'The filter ends here, but a field or a value is missing.'],
  ['tcp.port in 80', 12, 2, "'{'", "Expected '{' here, not '80'."],
  ['tcp.port in {}', 13, 1, 'a value', "Expected a value here, not '}'."],
  ['tcp.port in {80', 15, 1, "',' or '}'", "The filter ends here, but ',' or '}' is missing."],
  ['eth.src[0:3 == 1', 7, 1, ']', 'This slice is not closed.'],
  ['eth.src[x] == 1', 7, 3, '[offset:length]', "'[x]' is no slice; write [offset:length] or [first-last]."],
  ['eth.src[3-1] == 1', 7, 5, '[offset:length]', "'[3-1]' is no slice; write [offset:length] or [first-last]."],
  ['a == "open', 5, 5, '"', 'This string is not closed.'],
  ['any tcp.port', 12, 1, 'a comparison such as ==', 'The filter ends here, but a comparison such as == is missing.'],
  ['len(a', 5, 1, "',' or ')'", "The filter ends here, but ',' or ')' is missing."],
]

describe('texts that are no filter', () => {
  it.each(bad)('%s', (text, position, length, expected, message) => {
    const suggestion = message.includes('alone is no operator') ? expected : null
    expect(parseFilter(text)).toEqual({ ok: false, position, length, expected, message, suggestion })
  })
})

describe('bounds', () => {
  const refused = (text: string): string => {
    const parsed = parseFilter(text)
    return parsed.ok ? 'taken' : parsed.message
  }
  it('length', () => {
    expect([refused('a'.repeat(MAX_TEXT)), refused('a'.repeat(MAX_TEXT + 1))]).toEqual([
      'taken',
      'The filter has 10001 characters; at most 10000 are taken.',
    ])
  })
  it('nesting of parentheses and of not', () => {
    const nested = (n: number): string => `${'('.repeat(n)}a${')'.repeat(n)}`
    expect([
      refused(nested(MAX_DEPTH)),
      refused(nested(MAX_DEPTH + 1)),
      refused(`${'!'.repeat(5000)}a`),
      refused('('.repeat(9000)),
    ]).toEqual([
      'taken',
      'The filter is nested deeper than 64 levels.',
      'The filter is nested deeper than 64 levels.',
      'The filter is nested deeper than 64 levels.',
    ])
  })
  it('number of parts', () => {
    expect([refused(`a in {${'1,'.repeat(400)}1}`), refused(`a in {${'1,'.repeat(MAX_NODES)}1}`)]).toEqual([
      'taken',
      'The filter has more than 1000 parts.',
    ])
  })
})

describe('bytes of strings', () => {
  it('are UTF-8, but an escaped byte is that byte', () => {
    const parsed = parseFilter(String.raw`a == "é\xff\x41"`)
    if (!parsed.ok || parsed.ast.kind !== 'compare' || parsed.ast.right.kind !== 'string') throw new Error('not a comparison with a string')
    expect([...stringBytes(parsed.ast.right.text)]).toEqual([0xc3, 0xa9, 0xff, 0x41])
  })
})

describe('any text', () => {
  const pieces = ['ip.src', 'tcp', '==', '!=', '<', 'in', '{', '}', '(', ')', '[', '0:2', ']', '"', "'", '\\', ',', '..', '1', '0x', '::1', '/24', '&', '&&', '!', 'not', 'any', 'r"', ' ', '\u0000', 'é'] // biome-ignore format: a list
  it('is a filter, or an error at a place inside it that says what was expected', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
        const text = parts.join('')
        const parsed = parseFilter(text)
        if (parsed.ok) expect(show(parsed.ast).startsWith('(')).toBe(true)
        else {
          expect(parsed.position).toBeGreaterThanOrEqual(0)
          expect(parsed.position).toBeLessThanOrEqual(text.length)
          expect(parsed.length).toBeGreaterThan(0)
          expect(parsed.expected).not.toBe('')
        }
      }),
      { numRuns: 2_000, seed: 7 },
    )
  })
})
