/** Name of a capture interface for people; null: it has none. `-` is what dumpcap and tshark call their standard input: no link of anybody's. */
export function interfaceName({ name }: { name: string | null }): string | null {
  return name === '-' ? null : name
}
