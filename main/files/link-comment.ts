/**
 * How a capture holds the link log that was taken with it: as comments of interface statistics blocks (draft-ietf-opsawg-pcapng section
 * 4.6), which may stand anywhere in a file, carry a time and are no packets for any tool, so that frame numbers stay everyone's. Each
 * comment is a mark and then lines exactly as `ip -ts monitor` prints them, so that one parser reads logs and captures.
 */
export const linkCommentMark = 'rehome link log\n'

/** Comments of this kind that are kept of one file. */
export const linkLogLimit = 200_000

/** Bytes of one comment: readers cut option texts at 16 KiB. */
const commentBytes = 8_192

/** The comments for a piece of a link log: whole lines, cut where one comment is full. */
export function linkComments(text: string): string[] {
  const out: string[] = []
  let held = ''
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    if (held !== '' && held.length + line.length > commentBytes / 3) {
      out.push(linkCommentMark + held)
      held = ''
    }
    held += `${line.slice(0, commentBytes / 3)}\n`
  }
  if (held !== '') out.push(linkCommentMark + held)
  return out
}
