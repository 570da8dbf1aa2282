/** Builds BGP messages for tests: marker and lengths are its own, everything else is written as told. */
import { bytes16, join } from '../link/emit.ts'
import { Message } from './wire.ts'

export function message(type: number, body: Uint8Array | readonly number[] = []): Uint8Array {
  return join(new Array<number>(16).fill(0xff), bytes16(19 + body.length), [type], body)
}

export const keepalive = (): Uint8Array => message(Message.Keepalive)

/** `capabilities` one after the other, in a single parameter. */
export function open(as: number, identifier: readonly number[], capabilities: Uint8Array | readonly number[] = []): Uint8Array {
  const parameters = capabilities.length === 0 ? [] : [2, capabilities.length, ...capabilities]
  return message(Message.Open, join([4], bytes16(as), bytes16(180), identifier, [parameters.length], parameters))
}

export interface UpdateParts {
  withdrawn?: readonly number[]
  attributes?: Uint8Array
  announced?: readonly number[]
}

export function update(parts: UpdateParts): Uint8Array {
  const { withdrawn = [], attributes = new Uint8Array(0), announced = [] } = parts
  return message(Message.Update, join(bytes16(withdrawn.length), withdrawn, bytes16(attributes.length), attributes, announced))
}

export function attribute(flags: number, type: number, value: Uint8Array | readonly number[]): Uint8Array {
  return join([flags, type], flags & 0x10 ? bytes16(value.length) : [value.length], value)
}
