/**
 * The frame itself: what the capture file says of a packet, and the bytes that no dissector took.
 * None of it is on the wire but `data.data`; names are Wireshark's.
 */
import { protocol } from '../core/fields.ts'

export const frame = protocol('frame', 'Frame', 'Frame')
export const frameInterfaceId = frame.uint32('frame.interface_id', 'Interface id')
export const frameInterfaceName = frame.string('frame.interface_name', 'Interface name')
export const frameTime = frame.absoluteTime('frame.time', 'Arrival time')
export const frameTimeEpoch = frame.relativeTime('frame.time_epoch', 'Epoch time')
export const frameTimeRelative = frame.relativeTime('frame.time_relative', 'Time since first packet')
export const frameNumber = frame.uint32('frame.number', 'Frame number')
export const frameLength = frame.uint32('frame.len', 'Frame length on the wire')
export const frameCaptured = frame.uint32('frame.cap_len', 'Frame length captured')
export const frameProtocols = frame.string('frame.protocols', 'Protocols in frame')

export const data = protocol('data', 'Data', 'Data')
export const dataBytes = data.bytes('data.data', 'Data')
export const dataLength = data.int32('data.len', 'Length')
