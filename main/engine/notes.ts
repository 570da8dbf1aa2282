/**
 * Remarks on a packet (`mh.note`): what an engineer would otherwise have to notice himself. Made after a walk with a recorder, from what was
 * recorded and from the index; one text a remark, in the order of the packet. Checksums that are not verified by default (TCP, UDP) are silent.
 * Cost: one look at each recorded field.
 */
import { allFields } from '../../dissectors/core/fields.ts'
import { type FieldRecorder, ValueKind } from '../../dissectors/core/recorder.ts'
import { Stop, type Walk } from '../../dissectors/core/walk.ts'
import { RowFlag } from '../analysis/types.ts'
import { mhNote, mhRoot } from './filter/mh-fields.ts'

const enum About {
  Nothing = 0,
  Checksum = 1,
  Unknown = 2,
}

/** Options, parameters and messages that no part of the dissector knew. */
const UNKNOWN: Readonly<Record<string, string>> = {
  'tcp.options.unknown.payload': 'unknown TCP option',
  'ipv6.opt.unknown': 'unknown IPv6 option',
  'ipv6.routing.unknown.data': 'unknown IPv6 routing type',
  'icmpv6.unknown_data': 'unknown ICMPv6 message',
  'mip6.unknown_type_data': 'unknown Mobile IPv6 message',
  'bgp.cap.unknown': 'unknown BGP capability',
}

let about: Uint8Array | null = null

/** By field id: what the field can make a remark about. */
function aboutFields(): Uint8Array {
  if (about !== null && about.length === allFields().length) return about
  about = new Uint8Array(allFields().length)
  for (const field of allFields()) {
    if (field.name.endsWith('checksum.status') || field.name.endsWith('checksum_status')) about[field.id] = About.Checksum
    else if (UNKNOWN[field.name] !== undefined) about[field.id] = About.Unknown
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

/** Adds the remarks to the recorder. `rowFlags`: what the analysis knows of the packet, 0 when there was none. */
export function recordNotes(walk: Walk, recorder: FieldRecorder, rowFlags: number): void {
  const texts = notesOf(walk, recorder, rowFlags)
  if (texts.length === 0) return
  recorder.leaveTo(0)
  recorder.enter(mhRoot, 0, 0, texts.length === 1 ? 'A remark on this packet' : 'Remarks on this packet', 0)
  recorder.markGenerated()
  for (const text of texts) {
    recorder.words(mhNote, 0, 0, text, 0)
    recorder.markGenerated()
  }
  recorder.leave(-1, null)
}

function notesOf(walk: Walk, recorder: FieldRecorder, rowFlags: number): string[] {
  const texts: string[] = []
  if ((rowFlags & RowFlag.Retransmission) !== 0) texts.push('retransmission')
  if ((rowFlags & RowFlag.OutOfOrder) !== 0) texts.push('out of order')
  if (walk.stop === Stop.Cut) texts.push('cut short by the capture')
  else if (walk.stop === Stop.Malformed) texts.push(`malformed: ${walk.stopReason}`)
  else if (walk.stop === Stop.Limit) texts.push(`limit reached: ${walk.stopReason}`)
  const fields = aboutFields()
  for (let i = 0; i < recorder.count; i++) {
    const id = recorder.field[i] as number
    if (fields[id] === About.Nothing) continue
    const { name, protocol } = allFields()[id] as { name: string; protocol: string }
    const text =
      fields[id] === About.Unknown
        ? (UNKNOWN[name] as string)
        : recorder.kind[i] === ValueKind.Number && recorder.value[i] === 0
          ? `bad checksum (${protocol})${neverForwarded(walk.hopLimit) ? ', probably offload: the capturing host sent it' : ''}`
          : null
    if (text !== null && !texts.includes(text)) texts.push(text)
  }
  return texts
}

/** No router took one from it: the sender is on the link, most often the capturing host, whose hardware fills checksums in later. */
function neverForwarded(hopLimit: number): boolean {
  return hopLimit === 64 || hopLimit === 128 || hopLimit === 255
}
