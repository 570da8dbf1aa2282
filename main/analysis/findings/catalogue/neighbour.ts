/** Rules of the catalogue: the link itself, its neighbours, routers and redirects. */
import type { CatalogueRule } from './rule.ts'

export const NEIGHBOUR_RULES: readonly CatalogueRule[] = [
  {
    id: 'T-ND-FLIP',
    title: 'Two machines claim one address',
    source: 'RFC 3756 section 4.1.1, RFC 4218 section 3.2, RFC 6959, RFC 826',
    rule: 'An address changes its link-layer address and changes back, twice or more within 60 s, while both machines are alive within 10 s of the change. Claims are answers, announcements, router advertisements and the sender fields of questions. Also: it changes once without a question, while its machine is at work, and whoever claimed it takes what is sent to it for 3 s or more and sends nothing.',
    severity: [
      {
        value: 'high',
        when: "the address is a router's and a claim came without a question, or a machine that answered as a host takes it once",
      },
      { value: 'medium', when: 'the address is a host’s and a claim came without a question' },
      {
        value: 'low',
        when: 'every claim answered a question, one machine has both interfaces, a router changed once to a machine that may be a router, too, or an address changed once and answers no more',
      },
    ],
    confidence: [
      { value: 55, when: 'always' },
      { value: 75, when: "the address is a router's" },
      { value: 40, when: 'it changed once, and answers no more' },
      { value: 15, when: 'every claim carries a signature (SEND) that cannot be verified; 35 for a router: observations' },
    ],
    lookAlikes: [
      { id: 'home-agent', text: 'A home agent that answers for a mobile node while it is away: its binding is in the capture.' },
      { id: 'group-address', text: 'VRRP, CARP, HSRP and GLBP: their link-layer addresses and the addresses they announce are left out.' },
      { id: 'replaced-card', text: 'A replaced card or a machine that moved: the former link-layer address is silent afterwards.' },
      { id: 'successor', text: 'A machine that took an address over: what is sent to its link-layer address is answered.' },
      {
        id: 'two-interfaces',
        text: 'One machine with two interfaces on the link: each link-layer address claims an address that was the other’s first.',
      },
      { id: 'proxy', text: 'A proxy: its claims are answers; severity low.' },
      {
        id: 'signed',
        text: 'A host that signs its claims (SEND) and whose signatures are right: it may change its link-layer address as it likes.',
      },
      { id: 'takeover', text: 'Takeover between two routers without a group address: changes once; severity low.' },
    ],
    fires:
      'An advertisement puts the router at another link-layer address, nobody had asked, and the router goes on advertising from its own.',
    quiet: 'A VRRP takeover; a single change after which the former card is silent.',
    repair: 'Inspect ND and ARP in the switch (RA guard, RFC 6105; dynamic ARP inspection; SAVI, RFC 7039), or use SEND (RFC 3971).',
  },
  {
    id: 'T-ND-ROUTER',
    title: 'A new router on a link that has one',
    source: 'RFC 3756 section 4.2.4, RFC 6104, RFC 4218 section 3.2',
    rule: 'A router with a lifetime above 0 advertises itself on a link whose other routers are heard afterwards, too.',
    severity: [
      {
        value: 'high',
        when: 'another router was there for 60 s or more and the new one is proven new: it answered as a host before, or left a solicitation unanswered; or its machine is named in other findings of the link',
      },
      { value: 'low', when: 'it may have been there before the capture' },
    ],
    confidence: [
      { value: 50, when: 'always' },
      { value: 65, when: 'its machine is named in other findings' },
    ],
    lookAlikes: [
      {
        id: 'seldom',
        text: 'A second router of the site that advertises seldom (up to 30 minutes apart, RFC 4861 section 6.2.1): severity low.',
      },
      { id: 'moved-host', text: 'A host that moved to another link: its old routers are silent, and nothing is said.' },
      { id: 'site-model', text: 'A router whose prefixes are in the given site model: accepted.' },
    ],
    fires: 'A machine that answered as a host begins to advertise a prefix, 80 s after the router of the link was first heard.',
    quiet: 'A second router whose first advertisement is seen a minute into the capture (severity low at most); a host that changes links.',
    repair: 'RA guard in the switch (RFC 6105); name the rightful prefixes in the site model.',
  },
  {
    id: 'T-ND-KILL',
    title: 'A router is taken off in its name',
    source: 'RFC 3756 section 4.2.1, RFC 4862 section 5.5.3',
    rule: 'An advertisement with router lifetime 0, or with a prefix of valid lifetime 0, in the name of a known router came from another link-layer address than its own.',
    severity: [
      { value: 'high', when: 'the router was heard within a minute before' },
      { value: 'low', when: 'it was silent: it may have been replaced' },
    ],
    confidence: [{ value: 75, when: 'always' }],
    lookAlikes: [
      { id: 'replaced-router', text: 'A router that was replaced: its own link-layer address has been silent for a minute; low.' },
      {
        id: 'first-hop-redundancy',
        text: 'First-hop redundancy (VRRP, CARP, HSRP, GLBP): the addresses of a group and what it announces are left out.',
      },
    ],
    fires: 'Router lifetime 0 from fe80::1, sent by another card, a second after the router advertised itself.',
    quiet: 'The router itself says goodbye.',
    repair: 'RA guard in the switch (RFC 6105).',
  },
  {
    id: 'T-ND-DAD',
    title: 'New addresses are refused',
    source: 'RFC 3756 section 4.1.3, RFC 4862 section 5.4',
    rule: 'Duplicate address detection is answered by a machine that was not heard with that address before.',
    severity: [
      { value: 'medium', when: 'one machine refuses 3 or more different addresses within five minutes' },
      { value: 'low', when: 'that machine is a router, or home agent of these addresses' },
      { value: 'info', when: 'fewer: the address may really be in use' },
    ],
    confidence: [
      { value: 45, when: 'one or two addresses' },
      { value: 65, when: 'three or more' },
    ],
    lookAlikes: [
      { id: 'in-use', text: 'An address that is in use: the owner was heard with it before, and nothing is said.' },
      {
        id: 'proxy',
        text: 'A home agent or proxy that defends addresses: it is a router of the link, or bindings of these addresses were captured; low.',
      },
    ],
    fires: 'A machine answers three probes for three fresh addresses.',
    quiet: 'The owner of an address defends it.',
    repair: 'SEND (RFC 3971), or take the machine off the link.',
  },
  {
    id: 'T-ND-OFFLINK',
    title: 'A link message from beyond the link',
    source: 'RFC 4861 sections 6.1 and 7.1, RFC 3756',
    rule: 'A neighbour message or router advertisement has a hop limit other than 255, or a router advertisement has a source that is not link-local. Receivers discard it.',
    severity: [
      { value: 'low', when: 'an attempt' },
      { value: 'medium', when: 'three or more of one sender within 60 s' },
    ],
    confidence: [{ value: 80, when: 'always' }],
    lookAlikes: [
      {
        id: 'odd-sender',
        text: 'A sender that does not follow the protocol: its hop limit is one that hosts begin with (64, 128, 255); low however often.',
      },
    ],
    fires: 'A neighbour advertisement with hop limit 62.',
    quiet: 'The same with 255.',
    repair: 'Filter ICMPv6 types 133 to 137 at the edge of the link (RFC 4890).',
  },
  {
    id: 'T-ND-SCAN',
    title: 'A scan of the link',
    source: 'RFC 6583, RFC 3756',
    rule: 'One machine asks for more than 100 different addresses within a second.',
    severity: [{ value: 'low', when: 'always' }],
    confidence: [{ value: 60, when: 'always' }],
    lookAlikes: [],
    doubts: [
      { check: 'a router that forwards a scan from outside', text: 'A router that forwards a scan from outside.' },
      { check: 'an inventory of the link on purpose', text: 'An inventory on purpose.' },
    ],
    fires: '101 neighbour solicitations for different targets within 0.9 s.',
    quiet: '100 of them; or 101 within two seconds.',
    repair: 'Limit the rate of unresolved neighbours at the router (RFC 6583).',
  },
  {
    id: 'T-ND-SEND',
    title: 'A neighbour message that its address did not sign',
    source: 'RFC 3971 sections 5.1 and 5.2, RFC 3972 section 5, RFC 3756',
    rule: 'A neighbour message or router advertisement carries a CGA and a signature (SEND), and the parameters do not make the address, or their key, which signed another message of the capture rightly, did not make the signature. Its claims are believed by no other rule.',
    severity: [{ value: 'high', when: 'always' }],
    confidence: [{ value: 90, when: 'always' }],
    lookAlikes: [
      { id: 'damaged', text: 'A damaged packet, or one that was cut: its checksum has to be right.' },
      { id: 'unknown-form', text: 'A form of signature that is not known here: the key has to have signed another message rightly.' },
      { id: 'unknown-hash', text: 'An address made with another hash (RFC 4982): only those of SHA-1 are judged.' },
    ],
    fires: 'A signed advertisement is copied, and another link-layer address is put into it.',
    quiet: 'The advertisement as its owner sends it, from whatever link-layer address.',
    repair: 'Hosts that speak SEND discard it; switches can look at the rest (RFC 7039).',
  },
  {
    id: 'T-ICMPRED',
    title: 'A redirect that the first hop cannot have sent',
    source: 'RFC 4861 section 8.1, RFC 1122 section 3.2.2.2, RFC 3756 section 4.2.6, RFC 4218 section 3.2',
    rule: "A redirect came from another link-layer address than the host's packets to that destination go to, or than the router it names; or was forwarded; or leads to a machine that is no known router (IPv6); or is one of more than 5 to one host within 10 s. Its effect shows when packets of the host go to the new next hop within 5 s.",
    severity: [
      { value: 'high', when: 'the new next hop is no router, and there is an effect or another sign, or it has answered as a host' },
      { value: 'medium', when: 'it had an effect' },
      { value: 'low', when: 'otherwise' },
    ],
    confidence: [{ value: 55, when: 'one sign; 10 more for each further one, up to 20, and 10 for an effect' }],
    lookAlikes: [
      { id: 'router-pair', text: 'Two routers on the link: sent by the first hop itself to a machine that is a router; nothing is said.' },
      { id: 'ipv4-routers', text: 'IPv4 routers need not advertise themselves: not knowing one is no sign.' },
    ],
    fires: 'A machine that is no router redirects a host to itself in the name of its router.',
    quiet: 'The router redirects the host to a second router that advertises itself.',
    repair: 'Have hosts ignore redirects (they are not needed with one router), or inspect them in the switch.',
  },
  {
    id: 'T-DHCP-SERVER',
    title: 'A second DHCP server',
    source: 'RFC 2131 section 7, RFC 8415 section 22, RFC 7610',
    rule: 'A server on the link gives other routers or name servers than the one that was heard first.',
    severity: [
      { value: 'info', when: 'by itself' },
      { value: 'low', when: 'a host takes routers from it, and the first server was there for 60 s or more' },
    ],
    confidence: [
      { value: 45, when: 'the first server is known for less than 60 s' },
      { value: 55, when: 'longer' },
    ],
    lookAlikes: [
      { id: 'server-pair', text: 'A pair of servers that share the work: gives the same.' },
      { id: 'relay', text: 'Servers of other links through a relay: left out.' },
    ],
    doubts: [{ check: 'one server for each of two networks on the link', text: 'Two networks on one link.' }],
    fires: 'An acknowledgement with router 192.0.2.66 two minutes after the server of the link gave 192.0.2.1.',
    quiet: 'Two servers that give the same router and name servers.',
    repair: 'DHCP snooping in the switch (DHCPv6-Shield, RFC 7610).',
  },
]
