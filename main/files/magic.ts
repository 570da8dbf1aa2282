/**
 * Tells from the first bytes of a file what it is: a capture that is read here, a compressed file, or something else that gets
 * its name in the refusal. Refuses nothing itself. Cost: a handful of comparisons, once a file.
 */

/** First bytes that are wanted for a decision. */
export const magicBytes = 4096

export type Recognised =
  | { kind: 'pcap' }
  | { kind: 'pcapng' }
  | { kind: 'gzip' }
  | { kind: 'other'; name: string; hint: string }
  | { kind: 'unknown' }

const convert = 'Convert it with Wireshark: editcap -F pcapng IN OUT'
const unpack = (command: string): string => `Unpack it first: ${command}`

const others: [magic: string, name: string, hint: string][] = [
  ['736e6f6f70000000', 'a Solaris snoop capture (snoop)', convert],
  ['6274736e6f6f7000', 'a Bluetooth snoop capture (btsnoop)', convert],
  ['52545353', 'a Microsoft Network Monitor 1 capture (NetMon)', convert],
  ['474d4255', 'a Microsoft Network Monitor 2 capture (NetMon)', convert],
  ['58435000', 'a Sniffer for Windows capture (NetXray)', convert],
  ['5644544e', 'a NetXray capture', convert],
  ['5452534e4946462064617461', 'a Network General Sniffer capture', convert],
  ['697074726163652032', 'an AIX iptrace capture', convert],
  ['697074726163652031', 'an AIX iptrace capture', convert],
  ['aaaaaaaa', 'an Accellent 5Views capture', convert],
  ['7f56455200', 'a WildPackets Peek capture', convert],
  ['1c0001ac', 'an IXIA capture (lcap)', convert],
  ['ac01001c', 'an IXIA capture (lcap)', convert],
  ['1c0001ab', 'an IXIA capture (lcap)', convert],
  ['ab01001c', 'an IXIA capture (lcap)', convert],
  ['504b0304', 'a ZIP archive', unpack('unzip FILE')],
  ['504b0506', 'an empty ZIP archive', 'Name the capture itself.'],
  ['425a68', 'a bzip2 file', unpack('bunzip2 -k FILE')],
  ['fd377a585a00', 'an xz file', unpack('xz -dk FILE')],
  ['28b52ffd', 'a Zstandard file', unpack('zstd -dk FILE')],
  ['04224d18', 'an LZ4 file', unpack('lz4 -d FILE')],
  ['1f9d', 'a compress (.Z) file', unpack('uncompress FILE')],
  ['377abcaf271c', 'a 7-Zip archive', unpack('7z x FILE')],
  ['526172211a07', 'a RAR archive', unpack('unrar x FILE')],
  ['7f454c46', 'a program (ELF)', 'Name a pcap or pcapng file.'],
  ['4d5a', 'a program (Windows)', 'Name a pcap or pcapng file.'],
  ['25504446', 'a PDF document', 'Name a pcap or pcapng file.'],
  ['89504e470d0a1a0a', 'a PNG picture', 'Name a pcap or pcapng file.'],
  ['53514c69746520666f726d6174203300', 'an SQLite database', 'Name a pcap or pcapng file.'],
]

const pcapMagics = new Set(['a1b2c3d4', 'd4c3b2a1', 'a1b23c4d', '4d3cb2a1', 'a1b2cd34', '34cdb2a1'])

export function recognise(head: Uint8Array): Recognised {
  const hex = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 16)).toString('hex')
  if (pcapMagics.has(hex.slice(0, 8))) return { kind: 'pcap' }
  if (hex.startsWith('0a0d0d0a')) return { kind: 'pcapng' }
  if (hex.startsWith('1f8b')) return { kind: 'gzip' }
  for (const [magic, name, hint] of others) if (hex.startsWith(magic)) return { kind: 'other', name, hint }
  if (looksLikeText(head)) {
    const first = Buffer.from(head.subarray(0, 64)).toString('latin1').trimStart()
    if (/^\[\d{4}-\d\d-\d\dT/.test(first))
      return { kind: 'other', name: 'a log of ip monitor', hint: 'Give it beside the capture: --netlink FILE' }
    if (/^(CLIENT|SERVER|EXPORTER|QUIC|RSA)[A-Z_0-9]* [0-9a-f]/i.test(first))
      return { kind: 'other', name: 'a key log', hint: 'Give it beside the capture: --keys FILE' }
    if (first.startsWith('{') || first.startsWith('['))
      return { kind: 'other', name: 'JSON text', hint: 'Name the capture it was made from.' }
    if (first.startsWith('<')) return { kind: 'other', name: 'XML or HTML text', hint: 'Name the capture it was made from.' }
    if (/^[0-9a-f]{4,8}\s+[0-9a-f]{2}\s/i.test(first))
      return { kind: 'other', name: 'a hex dump', hint: 'Make a capture of it with Wireshark: text2pcap IN OUT' }
    return { kind: 'other', name: 'text', hint: 'Name a pcap or pcapng file, as Wireshark, dumpcap and tcpdump -w write.' }
  }
  if (looksLikeErf(head)) return { kind: 'other', name: 'an Endace ERF capture', hint: convert }
  return { kind: 'unknown' }
}

function looksLikeText(head: Uint8Array): boolean {
  for (const byte of head) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127) return false
  try {
    // the last character may be cut off
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true }) !== ''
  } catch {
    return false
  }
}

/** ERF has no magic: eight bytes of time, type, flags, record length, loss, wire length. Two records in a row must make sense. */
function looksLikeErf(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  let position = 0
  for (let record = 0; record < 2; record++) {
    if (position + 16 > head.length) return record === 1 && position === head.length
    const type = view.getUint8(position + 8) & 0x7f
    const length = view.getUint16(position + 10)
    const wire = view.getUint16(position + 14)
    if (type < 1 || type > 48 || length < 16 || wire === 0 || wire > length + 16_384) return false
    position += length
  }
  return true
}
