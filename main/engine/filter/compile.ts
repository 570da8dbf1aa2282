/**
 * Compiles a filter against the field registry: names become field ids, values become bytes and numbers, and what cannot be compared is
 * refused at its position before any packet is looked at. The result answers in two steps: `prefilter` from the index alone (no, yes,
 * or only a dissection can tell) and `matches` on a recorder after one walk of the packet.
 *
 * As Wireshark 4: a comparison holds when any occurrence does, `!=` when all occurrences differ, and none holds for a field that does not
 * occur. Cost: one scan of the recorded fields a test; no allocation per packet on the common paths.
 */

import type { FieldRecorder } from '../../../dissectors/core/recorder.ts'
import { type FilterError, type FilterNode, type FilterValue, parseFilter } from '../../../shared/filter/grammar.ts'
import { type ColumnSource, Ternary, ternaryAnd, ternaryNot, ternaryOr, ternaryXor } from './columns.ts'
import { compileComparison, compileSet } from './compare.ts'
import { lookAtFlow } from './flow-fields.ts'
import { bitsOperand, caseOperand, countOperand, lengthOperand, textOperand } from './functions.ts'
import { parseInteger } from './literals.ts'
import { layerOf, nearestName, protocolNeeded, resolveName } from './names.ts'
import { columnOperand, FilterContext, fieldOperand, frameOperand, type Operand, sliceOperand } from './operands.ts'
import { Asks, FilterProblem, type Step } from './steps.ts'

export interface CompiledFilter {
  readonly ok: true
  /** every test is answered from the index: `prefilter` says `Unknown` only where the index does not know a packet's layers */
  readonly columnOnly: boolean
  /** the most that `prefilter` asks of the columns */
  readonly asks: Asks
  /** layers of which a matching packet must have at least one; null: no such condition */
  readonly protocols: readonly number[] | null
  prefilter(columns: ColumnSource, row: number): Ternary
  matches(recorder: FieldRecorder, columns: ColumnSource, row: number): boolean
}

/** Parses and compiles. */
export function compileFilterText(text: string): CompiledFilter | FilterError {
  const parsed = parseFilter(text)
  return parsed.ok ? compileFilter(parsed.ast) : parsed
}

export function compileFilter(ast: FilterNode): CompiledFilter | FilterError {
  let step: Step
  try {
    step = compileNode(ast)
  } catch (problem) {
    if (problem instanceof FilterProblem) return problem.error
    throw problem
  }
  const context = new FilterContext()
  return {
    ok: true,
    columnOnly: step.column,
    asks: step.asks,
    protocols: step.protocols,
    prefilter: (columns, row) => {
      context.columns = columns
      context.row = row
      return step.look(context)
    },
    matches: (recorder, columns, row) => {
      context.recorder = recorder
      context.columns = columns
      context.row = row
      return step.test(context)
    },
  }
}

/** Can the filter be answered without dissecting packets again? False for filters that do not compile. */
export function columnOnly(ast: FilterNode): boolean {
  const compiled = compileFilter(ast)
  return compiled.ok && compiled.columnOnly
}

function compileNode(node: FilterNode): Step {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return join(node.kind, compileNode(node.left), compileNode(node.right))
    case 'not': {
      const inner = compileNode(node.operand)
      return {
        test: (c) => !inner.test(c),
        look: (c) => ternaryNot(inner.look(c)),
        column: inner.column,
        asks: inner.asks,
        protocols: null,
      }
    }
    case 'test':
      return compileTest(node.value)
    case 'compare':
      return compileComparison(node, operandOf, isField)
    case 'in':
      return compileSet(node, operandOf(node.value), isField)
  }
}

function join(kind: 'and' | 'or' | 'xor', a: Step, b: Step): Step {
  const column = a.column && b.column
  const asks = a.asks > b.asks ? a.asks : b.asks
  switch (kind) {
    case 'and':
      return {
        test: (c) => a.test(c) && b.test(c),
        look: (c) => {
          const first = a.look(c)
          return first === Ternary.No ? first : ternaryAnd(first, b.look(c))
        },
        column,
        asks,
        protocols: a.protocols ?? b.protocols,
      }
    case 'or':
      return {
        test: (c) => a.test(c) || b.test(c),
        look: (c) => {
          const first = a.look(c)
          return first === Ternary.Yes ? first : ternaryOr(first, b.look(c))
        },
        column,
        asks,
        protocols: a.protocols !== null && b.protocols !== null ? [...new Set([...a.protocols, ...b.protocols])] : null,
      }
    case 'xor':
      return {
        test: (c) => a.test(c) !== b.test(c),
        look: (c) => ternaryXor(a.look(c), b.look(c)),
        column,
        asks,
        protocols: null,
      }
  }
}

/** A value standing alone: does it occur? For `a & b`: is a bit set? */
function compileTest(value: FilterValue): Step {
  if (value.kind === 'word') {
    const resolved = resolveName(value.text)
    if (resolved?.kind === 'frame') return { test: () => true, look: () => Ternary.Yes, column: true, asks: Asks.Layers, protocols: null }
    if (resolved?.kind === 'fields' && resolved.fields.length === 1) {
      const layer = layerOf(resolved.fields[0] as (typeof resolved.fields)[number])
      if (layer !== null) {
        const operand = operandOf(value)
        return {
          test: (c) => operand.next(c, 0) >= 0,
          look: (c) => c.columns.hasProtocol(c.row, layer),
          column: true,
          asks: Asks.Layers,
          protocols: [layer],
        }
      }
    }
  }
  if (value.kind === 'call')
    throw new FilterProblem(value, 'a comparison such as ==', `${value.name}() gives a value; compare it with one.`)
  const operand = value.kind === 'word' ? fieldOf(value) : operandOf(value)
  if (value.kind === 'bits')
    return {
      test: (c) => {
        for (let i = operand.next(c, 0); i >= 0; i = operand.next(c, i + 1)) {
          operand.load(c, i, c.left)
          if (c.left.high !== 0 || c.left.low !== 0) return true
        }
        return false
      },
      look: (c) => (operand.presence(c) === Ternary.No ? Ternary.No : Ternary.Unknown),
      column: false,
      asks: operand.column ? Asks.Packet : Asks.Layers,
      protocols: operand.protocols,
    }
  const { flow } = operand
  return {
    test: (c) => operand.next(c, 0) >= 0,
    look: flow === undefined ? (c) => operand.presence(c) : (c) => lookAtFlow(c, flow, false, () => true),
    column: operand.column,
    asks: operand.column ? Asks.Packet : flow === undefined ? Asks.Layers : Asks.Flow,
    protocols: operand.protocols,
  }
}

function isField(value: FilterValue): boolean {
  return value.kind === 'word' ? resolveName(value.text) !== null : value.kind !== 'string'
}

function fieldOf(value: Extract<FilterValue, { kind: 'word' }>): Operand {
  const resolved = resolveName(value.text)
  if (resolved === null) {
    const near = nearestName(value.text)
    const numeric = parseInteger(value.text) !== null
    throw new FilterProblem(
      value,
      'the name of a field',
      numeric
        ? `'${value.text}' is a number; a field must stand here.`
        : `'${value.text}' is neither a field nor a protocol.${near === null ? '' : ` Did you mean '${near}'?`}`,
      near,
    )
  }
  if (resolved.kind === 'column') return columnOperand(resolved.column)
  if (resolved.kind === 'frame') return frameOperand(value.text)
  const protocols = resolved.fields.map(protocolNeeded)
  return fieldOperand(value.text, resolved.fields, protocols.includes(-1) ? null : [...new Set(protocols)])
}

const FUNCTIONS = ['len', 'count', 'lower', 'upper', 'string']
/** What a slice or a length can be taken of. */
const HAS_BYTES = new Set(['bytes', 'text', 'ether', 'ipv4', 'ipv6'])

function operandOf(value: FilterValue): Operand {
  switch (value.kind) {
    case 'word':
      return fieldOf(value)
    case 'string':
      throw new FilterProblem(value, 'the name of a field', `A field must stand here, not the string "${value.text}".`)
    case 'slice': {
      const of = operandOf(value.of)
      if (!HAS_BYTES.has(of.kind))
        throw new FilterProblem(value, 'no slice', `${of.name} is a number; slices can be taken of bytes and texts.`)
      return sliceOperand(of, value.ranges, 'the slice')
    }
    case 'bits': {
      const of = operandOf(value.of)
      if (of.kind !== 'integer') throw new FilterProblem(value.of, 'a field that is a number', `${of.name} is no number; '&' needs one.`)
      const mask = value.mask.kind === 'word' ? parseInteger(value.mask.text) : null
      if (mask === null || mask < 0n) throw new FilterProblem(value.mask, 'a number', "'&' needs a number on its right.")
      return bitsOperand(of, Number(mask >> 32n), Number(BigInt.asUintN(32, mask)), of.name)
    }
    case 'call':
      return callOf(value)
  }
}

function callOf(value: Extract<FilterValue, { kind: 'call' }>): Operand {
  if (!FUNCTIONS.includes(value.name))
    throw new FilterProblem(
      value,
      `one of ${FUNCTIONS.join(', ')}`,
      `There is no function '${value.name}'; there are ${FUNCTIONS.join(', ')}.`,
    )
  const parameter = value.parameters[0]
  if (parameter === undefined || value.parameters.length !== 1)
    throw new FilterProblem(value, 'one field', `${value.name}() takes one field, not ${value.parameters.length}.`)
  const of = operandOf(parameter)
  const name = `${value.name}(${of.name})`
  if (value.name === 'count') return countOperand(of, name)
  if (value.name === 'string') {
    if (parameter.kind !== 'word' || of.column || of.field === null)
      throw new FilterProblem(parameter, 'a field of the packet', 'string() takes a field of the packet.')
    return textOperand(of, name)
  }
  if (value.name === 'len') {
    if (!HAS_BYTES.has(of.kind)) throw new FilterProblem(parameter, 'a field of bytes or text', `${of.name} is a number; it has no length.`)
    return lengthOperand(of, name)
  }
  if (of.kind !== 'text') throw new FilterProblem(parameter, 'a field that is text', `${of.name} is no text; ${value.name}() needs one.`)
  return caseOperand(of, value.name === 'upper', name)
}
