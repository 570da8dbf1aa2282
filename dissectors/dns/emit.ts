/** Builds DNS messages for tests: names without compression, sections as given. */
import { bytes16, bytes32, join } from '../link/emit.ts'

export function domainName(text: string): Uint8Array {
  const labels = text === '' ? [] : text.split('.')
  return join(...labels.map((label) => [label.length, ...new TextEncoder().encode(label)]), [0])
}

export function question(name: string, type: number, kind = 1): Uint8Array {
  return join(domainName(name), bytes16(type), bytes16(kind))
}

export function record(name: string, type: number, ttl: number, data: Uint8Array | readonly number[], kind = 1): Uint8Array {
  return join(domainName(name), bytes16(type), bytes16(kind), bytes32(ttl), bytes16(data.length), data)
}

export interface MessageParts {
  id: number
  flags: number
  questions?: Uint8Array[]
  answers?: Uint8Array[]
  authorities?: Uint8Array[]
  additionals?: Uint8Array[]
}

export function message(parts: MessageParts): Uint8Array {
  const { questions = [], answers = [], authorities = [], additionals = [] } = parts
  const sections = [questions, answers, authorities, additionals]
  return join(bytes16(parts.id), bytes16(parts.flags), ...sections.map((list) => bytes16(list.length)), ...sections.flat())
}
