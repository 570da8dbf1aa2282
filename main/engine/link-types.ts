/** Names of link types for people and reports, as https://www.tcpdump.org/linktypes.html has them (without LINKTYPE_). */
const NAMES: Readonly<Record<number, string>> = {
  0: 'NULL',
  1: 'ETHERNET',
  6: 'IEEE802_5',
  9: 'PPP',
  50: 'PPP_HDLC',
  51: 'PPP_ETHER',
  101: 'RAW',
  104: 'C_HDLC',
  105: 'IEEE802_11',
  107: 'FRELAY',
  108: 'LOOP',
  113: 'LINUX_SLL',
  127: 'IEEE802_11_RADIOTAP',
  195: 'IEEE802_15_4_WITHFCS',
  228: 'IPV4',
  229: 'IPV6',
  239: 'NFLOG',
  247: 'INFINIBAND',
  248: 'SCTP',
  249: 'USBPCAP',
  253: 'NETLINK',
  276: 'LINUX_SLL2',
}

export function linkTypeName(linkType: number): string {
  return NAMES[linkType] ?? `LINKTYPE_${linkType}`
}
