/**
 * Remarks on a packet (`mh.note`): what an engineer would otherwise have to notice himself. Made after a walk with a recorder, from what was
 * recorded and from the index; one text a remark, in the order of the packet. Checksums that are not verified by default (TCP, UDP) are silent.
 * Cost: one look at each recorded field.
 */
import { allFields, type FieldDeclaration } from '../../dissectors/core/fields.ts'
import { type FieldRecorder, ValueKind } from '../../dissectors/core/recorder.ts'
import { Stop, TransportChecksum, type Walk } from '../../dissectors/core/walk.ts'
import { RowFlag } from '../analysis/types.ts'
import { mhNote, mhRoot } from './filter/mh-fields.ts'

/** a packet made of oddities needs no list of all of them */
const MAX_NOTES = 32

const enum About {
  Nothing = 0,
  Checksum = 1,
  Unknown = 2,
  Code = 3,
}

/** What no part of the dissector knew how to read. */
const UNKNOWN: Readonly<Record<string, string>> = {
  'ipv6.routing.unknown.data': 'unknown IPv6 routing type',
  'icmpv6.unknown_data': 'unknown ICMPv6 message',
  'mip6.unknown_type_data': 'unknown Mobile IPv6 message',
}

/** Fields that say what an option, parameter, chunk or payload is: a value without a name is one that nobody here knows. */
const CODES: Readonly<Record<string, string>> = {
  'ip.opt.type': 'unknown IPv4 option',
  'ipv6.opt.type': 'unknown IPv6 option',
  'icmpv6.opt.type': 'unknown Neighbour Discovery option',
  'tcp.option_kind': 'unknown TCP option',
  'tcp.options.mptcp.subtype': 'unknown MPTCP option',
  'sctp.chunk_type': 'unknown SCTP chunk',
  'sctp.parameter_type': 'unknown SCTP parameter',
  'hip.type': 'unknown HIP parameter',
  'shim6.type': 'unknown Shim6 message',
  'shim6.opt.type': 'unknown Shim6 option',
  'mip6.mobility_opt': 'unknown mobility option',
  'isakmp.typepayload': 'unknown IKE payload',
  'dhcpv6.option.type': 'unknown DHCPv6 option',
  'bgp.update.path_attribute.type_code': 'unknown BGP path attribute',
  'bgp.cap.type': 'unknown BGP capability',
}

let about: Uint8Array | null = null

/** By field id: what the field can make a remark about. */
function aboutFields(): Uint8Array {
  if (about !== null && about.length === allFields().length) return about
  about = new Uint8Array(allFields().length)
  for (const field of allFields()) {
    if (field.name.endsWith('checksum.status') || field.name.endsWith('checksum_status')) about[field.id] = About.Checksum
    else if (UNKNOWN[field.name] !== undefined) about[field.id] = About.Unknown
    else if (CODES[field.name] !== undefined && field.values !== null) about[field.id] = About.Code
  }
  return about
}

/** Marks what must be recorded for remarks to be complete. */
export function wantForNotes(wanted: Uint8Array): void {
  const fields = aboutFields()
  for (let id = 0; id < fields.length; id++) if (fields[id] !== About.Nothing) wanted[id] = 1
  wanted[mhNote] = 1
}

/** Does this pass record remarks at all? */
export function notesWanted(recorder: FieldRecorder): boolean {
  return recorder.wanted === null || recorder.wanted[mhNote] === 1
}

/**
 * Adds the remarks to the recorder. `rowFlags`: what the analysis knows of the packet, 0 when there was none. Returns them but for the one about
 * where the dissection ended, which a packet's line has in its own words, and the one about a checksum left to the network card.
 */
export function recordNotes(walk: Walk, recorder: FieldRecorder, rowFlags: number): string[] {
  const remarks = remarksOn(walk, recorder, rowFlags)
  const ended = endOf(walk)
  const texts = ended === null ? remarks : [ended, ...remarks]
  if (texts.length === 0) return texts
  recorder.leaveTo(0)
  recorder.enter(mhRoot, 0, 0, texts.length === 1 ? 'A remark on this packet' : 'Remarks on this packet', 0)
  recorder.markGenerated()
  for (const text of texts) {
    recorder.words(mhNote, 0, 0, text, 0)
    recorder.markGenerated()
  }
  recorder.leave(-1, null)
  return remarks.filter((text) => text !== LEFT_TO_CARD)
}

function endOf(walk: Walk): string | null {
  switch (walk.stop) {
    case Stop.Cut:
      return 'cut short by the capture'
    case Stop.Malformed:
      return `malformed: ${walk.stopReason}`
    case Stop.Limit:
      return `limit reached: ${walk.stopReason}`
    default:
      return null
  }
}

function remarksOn(walk: Walk, recorder: FieldRecorder, rowFlags: number): string[] {
  const texts: string[] = []
  if ((rowFlags & RowFlag.Retransmission) !== 0) texts.push('retransmission')
  if ((rowFlags & RowFlag.OutOfOrder) !== 0) texts.push('out of order')
  const fields = aboutFields()
  for (let i = 0; i < recorder.count && texts.length < MAX_NOTES; i++) {
    const id = recorder.field[i] as number
    if (fields[id] === About.Nothing) continue
    const text = remark(walk, recorder, i, allFields()[id] as FieldDeclaration, fields[id] as About)
    if (text !== null && !texts.includes(text)) texts.push(text)
  }
  return texts
}

/** true of every packet that such a host sends: no news on a packet's line */
const LEFT_TO_CARD = "checksum left to the sender's network card (tcp)"

/** What the entry is worth a remark for; null: nothing. */
function remark(walk: Walk, recorder: FieldRecorder, entry: number, field: FieldDeclaration, about: About): string | null {
  if (about === About.Unknown) return UNKNOWN[field.name] as string
  if (recorder.kind[entry] !== ValueKind.Number) return null
  const value = recorder.value[entry] as number
  if (about === About.Code) return field.values?.[value] === undefined ? `${CODES[field.name]}, number ${value}` : null
  if (value !== 0) return null
  if (walk.checksum === TransportChecksum.LeftToCard && field.name === 'tcp.checksum.status') return LEFT_TO_CARD
  return `bad checksum (${field.protocol})${neverForwarded(walk.hopLimit) ? ', probably offload: the capturing host sent it' : ''}`
}

/** No router took one from it: the sender is on the link, most often the capturing host, whose hardware fills checksums in later. */
function neverForwarded(hopLimit: number): boolean {
  return hopLimit === 64 || hopLimit === 128 || hopLimit === 255
}
