/** Bytes out of base64, as they travel in messages; nothing where it is none. A loop: `Uint8Array.from` with a function takes ten times as long. */
export function decodeBase64(text: string): Uint8Array {
  let characters: string
  try {
    characters = atob(text)
  } catch {
    return new Uint8Array(0)
  }
  const bytes = new Uint8Array(characters.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at)
  return bytes
}
