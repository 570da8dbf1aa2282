/**
 * Name of a capture interface for people; null: it has none. `-` is what dumpcap and tshark call their standard input: no link of anybody's. On
 * Windows an interface is a device that no system shows (`\Device\NPF_{...}`); the name that it shows is dumpcap's description.
 */
export function interfaceName({ name, description }: { name: string | null; description: string | null }): string | null {
  if (name === '-') return null
  if (name === null || !name.startsWith(DEVICE)) return name
  return description === null || description === '' ? name.slice(DEVICE.length) : description
}

const DEVICE = '\\Device\\'
