/**
 * Is an address written in a payload, in network order or as text? Four bytes that are too plain to be an address for sure count as text only.
 * Cost: one scan of the bytes each way.
 */

/** Does the payload hold the address in network order, or as text that is not part of a longer word? */
export function names(bytes: Uint8Array, address: Uint8Array, text: string): boolean {
  return (isDistinct(address) && indexOf(bytes, address, 0) >= 0) || namesText(bytes, text)
}

/** Four bytes such as 10.0.0.1 stand in many payloads that mean something else. */
function isDistinct(address: Uint8Array): boolean {
  return address.length === 16 || new Set(address.filter((byte) => byte !== 0 && byte !== 255)).size >= 3
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const last = bytes.length - wanted.length
  for (let i = bytes.indexOf(wanted[0] as number, from); i >= 0 && i <= last; i = bytes.indexOf(wanted[0] as number, i + 1)) {
    let k = 1
    while (k < wanted.length && bytes[i + k] === wanted[k]) k++
    if (k === wanted.length) return i
  }
  return -1
}

function namesText(bytes: Uint8Array, text: string): boolean {
  const wanted = Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  const inWord = (at: number): boolean => at >= 0 && at < bytes.length && /[0-9a-zA-Z.:]/.test(String.fromCharCode(bytes[at] as number))
  // A colon or full stop behind an address ends it when nothing of an address follows: 'host 192.0.2.1:80', 'at 192.0.2.1.'
  const goesOn = (at: number): boolean =>
    inWord(at) &&
    (!/[.:]/.test(String.fromCharCode(bytes[at] as number)) || (text.includes(':') ? inWord(at + 1) : bytes[at] === 46 && inWord(at + 1)))
  for (let at = indexOf(bytes, wanted, 0); at >= 0; at = indexOf(bytes, wanted, at + 1))
    if (!inWord(at - 1) && !goesOn(at + wanted.length)) return true
  return false
}
