/**
 * Fields that no packet carries: what was found out about it. They are answered from the index or after the walk, never by a dissector,
 * and are declared here so that filters, completion and the field reference know them like any other.
 */
import { alias, protocol } from '../../../dissectors/core/fields.ts'

const make = protocol('mh', 'Multihoming analysis', 'MH')

export const mhProtocol = make.protocol
export const mhRoot = make.root
/** session that the packet belongs to: 's1' */
export const mhSession = make.string('mh.session', 'Session')
/** rehoming that this packet is evidence of: 'r1'; presence selects all of them */
export const mhRehoming = make.string('mh.rehoming', 'Rehoming')
/** finding that this packet is evidence of: its id or its rule */
export const mhFinding = make.string('mh.finding', 'Finding')
/** a remark on this packet, e.g. 'retransmission'; recorded after the walk, see notes.ts */
export const mhNote = make.string('mh.note', 'Note')

// Wireshark's names for what ends a dissection: a length that contradicts its container, and a packet stored shorter than it was.
make.string('_ws.malformed', 'Malformed packet')
make.string('_ws.short', 'Packet cut short by the capture')
// Its expert remarks are ours in other words.
alias('_ws.expert', [mhNote])
alias('_ws.expert.message', [mhNote])
