/**
 * Makes text out of captures safe to look at: control, bidi and zero-width characters become visible marks,
 * so that a host name cannot reorder or hide what stands beside it. React escapes markup; this handles the characters.
 * Costs one regular expression a string; clean text is returned as it is.
 */

const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff]/

function mark(code: number): string {
  if (code < 0x20) return String.fromCodePoint(0x2400 + code)
  if (code === 0x7f) return '\u2421'
  return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`
}

export function visible(text: string): string {
  if (!HIDDEN.test(text)) return text
  let out = ''
  for (const character of text) {
    const code = character.codePointAt(0)!
    // a whole surrogate pair arrives as one code point; tags (U+E0000..) are invisible too
    const hidden = code > 0xffff ? code >= 0xe0000 && code <= 0xe0fff : HIDDEN.test(character)
    out += hidden ? mark(code) : character
  }
  return out
}
