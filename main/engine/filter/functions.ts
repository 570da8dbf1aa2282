/**
 * Operands made of other operands: masks, lengths, counts, letter case and texts. Each loads into registers of its own; only `string()`
 * allocates per packet.
 */
import { valueText } from '../../../dissectors/core/values.ts'
import { type Operand, Register } from './operands.ts'

/** `of & mask`, for integers. */
export function bitsOperand(of: Operand, high: number, low: number, name: string): Operand {
  return {
    ...of,
    number: undefined,
    list: undefined,
    field: null,
    name,
    load: (context, occurrence, into) => {
      of.load(context, occurrence, into)
      into.high = (into.high & high) >>> 0
      into.low = (into.low & low) >>> 0
    },
  }
}

/** Length in bytes of each occurrence. */
export function lengthOperand(of: Operand, name: string): Operand {
  const probe = new Register()
  return {
    ...of,
    number: undefined,
    list: undefined,
    kind: 'integer',
    field: null,
    name,
    load: (context, occurrence, into) => {
      of.load(context, occurrence, probe)
      into.setInteger(probe.end - probe.begin)
    },
  }
}

/** How often it occurs; a packet without any has no count, as in Wireshark. */
export function countOperand(of: Operand, name: string): Operand {
  return {
    ...of,
    number: undefined,
    list: undefined,
    kind: 'integer',
    field: null,
    name,
    next: (context, from) => (from === 0 && of.next(context, 0) >= 0 ? 0 : -1),
    load: (context, _occurrence, into) => {
      let n = 0
      for (let i = of.next(context, 0); i >= 0; i = of.next(context, i + 1)) n++
      into.setInteger(n)
    },
  }
}

/** ASCII letters of each occurrence in one case. */
export function caseOperand(of: Operand, upper: boolean, name: string): Operand {
  const probe = new Register()
  const first = upper ? 97 : 65
  const shift = upper ? -32 : 32
  return {
    ...of,
    list: undefined,
    name,
    load: (context, occurrence, into) => {
      of.load(context, occurrence, probe)
      const out = into.own()
      const length = Math.min(out.length, probe.end - probe.begin)
      for (let i = 0; i < length; i++) {
        const byte = probe.bytes[probe.begin + i] as number
        out[i] = byte >= first && byte < first + 26 ? byte + shift : byte
      }
      into.bytes = out
      into.begin = 0
      into.end = length
    },
  }
}

/** The text of each occurrence as columns print it. Allocates a string an occurrence. */
export function textOperand(of: Operand, name: string): Operand {
  return {
    ...of,
    list: undefined,
    loadRest: undefined,
    kind: 'text',
    field: null,
    name,
    load: (context, occurrence, into) => into.setText(valueText(context.recorder, occurrence)),
  }
}
