/** A strict reader of markup for tests: every tag and attribute as a list; anything that is not well formed throws. */

/** What no output may hold: controls but line feed, bidirectional controls, invisible characters, lone surrogates. */
export const forbidden =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\u{e0000}-\u{e007f}]/u

export interface Tag {
  name: string
  attributes: [name: string, value: string][]
}

const empty = new Set(['meta', 'br', '!doctype'])

/** Tags in order of appearance, and the text between them. */
export function readMarkup(markup: string): { tags: Tag[]; text: string } {
  const tags: Tag[] = []
  const open: string[] = []
  let text = ''
  let position = 0
  while (position < markup.length) {
    const begin = markup.indexOf('<', position)
    const piece = markup.slice(position, begin < 0 ? markup.length : begin)
    if (open.at(-1) !== 'style' && />|&(?!(?:amp|lt|gt|quot|nbsp|#39|#10);)/.test(piece))
      throw new Error(`text is not escaped: ${piece.slice(0, 80)}`)
    text += piece
    if (begin < 0) break
    const end = markup.indexOf('>', begin)
    const source = markup.slice(begin, end + 1)
    const found = /^<(\/?)(!?[a-zA-Z][a-zA-Z0-9]*)((?:\s[a-zA-Z][a-zA-Z0-9:-]*(?:="[^"<>]*")?)*)\s*(\/?)>$/.exec(source)
    if (end < 0 || found === null) throw new Error(`not a tag: ${source.slice(0, 120)}`)
    const [, closing, name = '', attributes = '', selfClosing] = found
    if (closing === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`)
    } else {
      tags.push({
        name: name.toLowerCase(),
        attributes: [...attributes.matchAll(/([a-zA-Z][a-zA-Z0-9:-]*)(?:="([^"]*)")?/g)].map((one) => [one[1] as string, one[2] ?? '']),
      })
      if (selfClosing !== '/' && !empty.has(name.toLowerCase())) open.push(name)
    }
    position = end + 1
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(' ')}`)
  return { tags, text }
}
