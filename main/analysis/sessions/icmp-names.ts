/** Words for ICMP errors kept as numbers: type * 256 + code, bit 16 for ICMPv6 (RFC 792, RFC 4443). */
const V6: Record<number, string> = {
  256: 'no route to destination',
  257: 'administratively prohibited',
  259: 'address unreachable',
  260: 'port unreachable',
  261: 'source address failed ingress or egress policy',
  262: 'reject route',
  512: 'packet too big',
  768: 'hop limit exceeded',
}
const V4: Record<number, string> = {
  768: 'network unreachable',
  769: 'host unreachable',
  771: 'port unreachable',
  772: 'fragmentation needed',
  777: 'network administratively prohibited',
  778: 'host administratively prohibited',
  781: 'communication administratively prohibited',
  2816: 'time exceeded',
}

export function icmpName(kind: number): string {
  const six = (kind & 0x10000) !== 0
  const number = kind & 0xffff
  const known = (six ? V6 : V4)[number]
  return `${six ? 'ICMPv6' : 'ICMP'} ${known ?? `error ${number >> 8}/${number & 0xff}`}`
}
