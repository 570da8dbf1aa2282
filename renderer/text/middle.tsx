/**
 * A long name kept to its place: what is left out is the middle, since the tail of an address is what tells it from its neighbours. Short names are
 * plain text. The whole name is in the document once, invisible over the shortened one: it is what is read out, searched, selected and copied, and
 * what the pointer shows. How much fits is the style sheet's doing; no measuring.
 */
import { visible } from './visible.ts'

/** shorter names are never cut */
const SHORT = 12

/** where the end begins that always shows: a port with the last group or two of its address, else the last characters */
export function tailStart(text: string): number {
  const port = /(\]:|\.\d{1,3}:)\d{1,5}$/.exec(text)
  const wanted = text.length - (port === null ? 9 : port[0].length + 6)
  return Math.max(4, wanted)
}

export function Middle({ text, className = '' }: { text: string; className?: string }) {
  const shown = visible(text)
  if (shown.length <= SHORT) return <span className={className || undefined}>{shown}</span>
  const at = tailStart(shown)
  return (
    <span className={`middle ${className}`} title={shown}>
      <span className="middle-whole">{shown}</span>
      <i className="middle-head" data-text={shown.slice(0, at)} />
      <i className="middle-tail" data-text={shown.slice(at)} />
    </span>
  )
}

/** both ends of a path, each shortened for itself; ports in the usual notation */
export function Ends({ initiator, responder, className = '' }: { initiator: string; responder: string; className?: string }) {
  return (
    <span className={`ends mono ${className}`}>
      <Middle text={initiator} />
      <span className="muted"> ⇄ </span>
      <Middle text={responder} />
    </span>
  )
}

/** '[2001:db8::1]:443', '192.0.2.1:443', or the address alone */
export function withPort(address: string, port: number | null | undefined): string {
  if (port == null) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
