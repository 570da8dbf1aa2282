/**
 * Name of a capture interface for people; null: it has none. `-` is what dumpcap and tshark call their standard input: no link of anybody's.
 * mergecap and editcap write out that a pcap file names none. On Windows an interface is a device that no system shows (`\Device\NPF_{...}`); the name that it shows is dumpcap's description.
 */
export function interfaceName({ name, description }: { name: string | null; description: string | null }): string | null {
  if (name === '-' || UNNAMED.test(name ?? '')) return null
  if (name === null || !name.startsWith(DEVICE)) return name
  return description === null || description === '' ? name.slice(DEVICE.length) : description
}

const UNNAMED = /^unknown(\/not available in original file format\b.*)?$/i
const DEVICE = '\\Device\\'
