/**
 * The one place where text out of captures is made harmless before it leaves: control and bidirectional characters become
 * visible escapes, HTML and XML markup is quoted, CSV cells cannot become formulas, Markdown cannot become markup.
 * Refuses nothing: every string has a safe form, and none is dropped. Cost: one pass over the text; texts are cut at `textLimit`.
 */

/** Longest text that is shown in one place; a comment of a capture may hold 64 KiB. */
const textLimit = 4000

/**
 * C0 and C1 controls (terminal escapes, NUL), DEL, line and paragraph separators, bidirectional controls (UAX #9 section 2),
 * invisible characters that hide text (zero width, tags, variation fillers), non-characters and lone surrogates.
 */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\u{e0000}-\u{e0fff}]/gu

function visibleEscape(found: string): string {
  const code = found.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

/** One line of plain text without any character that a terminal, a spreadsheet or a text renderer acts upon. */
export function plainText(text: string): string {
  const cut = text.length > textLimit ? `${text.slice(0, textLimit)}…` : text
  return cut.replace(unsafe, visibleEscape)
}

const markup: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text for the content and the quoted attributes of HTML and XML (SVG). */
export function htmlText(text: string): string {
  return plainText(text).replace(/[&<>"']/g, (found) => markup[found] as string)
}

/**
 * A CSV cell (RFC 4180 section 2), safe to open in a spreadsheet: what begins like a formula gets a leading apostrophe.
 * Leading blanks are looked through, because spreadsheets do the same.
 */
export function csvCell(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  if (typeof value === 'boolean') return String(value)
  // the check comes before control characters become visible, so that a leading TAB or CR still counts
  const formula = /^[\t\r\n\u0020\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(value) || /^[\t\r]/.test(value)
  const text = formula ? `'${plainText(value)}` : plainText(value)
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * Text inside a line, a list item or a table cell of Markdown (CommonMark, GitHub's tables and autolinks). Underscores inside a
 * word are no emphasis and stay readable.
 */
export function markdownText(text: string): string {
  return plainText(text)
    .replace(/[\\`*[\]<>|~&#$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|(?<=\b(?:https?|ftp|mailto)):|(?<=\bwww)\.|!(?=\[)/giu, '\\$&')
    .replace(/^(\s*)([-+=])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2')
}

/**
 * JSON text, indented, whose strings hold no raw character that an editor or terminal would act upon: the same value for every
 * JSON parser. Numbers that JSON cannot hold become null.
 */
export function jsonText(value: unknown): string {
  // line feeds are the layout's own here: inside strings JSON has escaped them already
  return `${JSON.stringify(value, null, 2).replace(unsafe, (found) => (found === '\n' ? found : unicodeEscape(found)))}\n`
}

/** The same on one line: one object of a stream. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(unsafe, unicodeEscape)}\n`
}

function unicodeEscape(found: string): string {
  let out = ''
  for (let i = 0; i < found.length; i++) out += `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`
  return out
}
