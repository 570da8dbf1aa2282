/** Words for IKE's code points: the registries of RFC 7296 section 3 and of RFC 2408, as far as messages show them in the clear. */
type Names = Readonly<Record<number, string>>

export const payloadNames: Names = {
  0: 'None',
  1: 'Security Association',
  2: 'Proposal',
  3: 'Transform',
  4: 'Key Exchange',
  5: 'Identification',
  6: 'Certificate',
  7: 'Certificate Request',
  8: 'Hash',
  9: 'Signature',
  10: 'Nonce',
  11: 'Notification',
  12: 'Delete',
  13: 'Vendor ID',
  20: 'NAT-D',
  21: 'NAT-OA',
  33: 'Security Association',
  34: 'Key Exchange',
  35: 'Identification - Initiator',
  36: 'Identification - Responder',
  37: 'Certificate',
  38: 'Certificate Request',
  39: 'Authentication',
  40: 'Nonce',
  41: 'Notify',
  42: 'Delete',
  43: 'Vendor ID',
  44: 'Traffic Selector - Initiator',
  45: 'Traffic Selector - Responder',
  46: 'Encrypted and Authenticated',
  47: 'Configuration',
  48: 'EAP',
  53: 'Encrypted Fragment',
  130: 'NAT-D (draft)',
  131: 'NAT-OA (draft)',
}

export const exchangeNames: Names = {
  0: 'None',
  1: 'Base',
  2: 'Main Mode',
  3: 'Authentication Only',
  4: 'Aggressive',
  5: 'Informational',
  6: 'Transaction',
  32: 'Quick Mode',
  33: 'New Group Mode',
  34: 'IKE_SA_INIT',
  35: 'IKE_AUTH',
  36: 'CREATE_CHILD_SA',
  37: 'INFORMATIONAL',
  38: 'IKE_SESSION_RESUME',
  43: 'IKE_INTERMEDIATE',
  44: 'IKE_FOLLOWUP_KE',
}

export function exchangeName(type: number): string {
  return exchangeNames[type] ?? `exchange ${type}`
}

export function payloadName(type: number): string {
  return payloadNames[type] ?? `payload ${type}`
}

export const notifyNames: Names = {
  1: 'UNSUPPORTED_CRITICAL_PAYLOAD',
  4: 'INVALID_IKE_SPI',
  5: 'INVALID_MAJOR_VERSION',
  7: 'INVALID_SYNTAX',
  9: 'INVALID_MESSAGE_ID',
  11: 'INVALID_SPI',
  14: 'NO_PROPOSAL_CHOSEN',
  17: 'INVALID_KE_PAYLOAD',
  24: 'AUTHENTICATION_FAILED',
  34: 'SINGLE_PAIR_REQUIRED',
  35: 'NO_ADDITIONAL_SAS',
  36: 'INTERNAL_ADDRESS_FAILURE',
  37: 'FAILED_CP_REQUIRED',
  38: 'TS_UNACCEPTABLE',
  39: 'INVALID_SELECTORS',
  40: 'UNACCEPTABLE_ADDRESSES',
  41: 'UNEXPECTED_NAT_DETECTED',
  43: 'TEMPORARY_FAILURE',
  44: 'CHILD_SA_NOT_FOUND',
  16384: 'INITIAL_CONTACT',
  16385: 'SET_WINDOW_SIZE',
  16386: 'ADDITIONAL_TS_POSSIBLE',
  16387: 'IPCOMP_SUPPORTED',
  16388: 'NAT_DETECTION_SOURCE_IP',
  16389: 'NAT_DETECTION_DESTINATION_IP',
  16390: 'COOKIE',
  16391: 'USE_TRANSPORT_MODE',
  16392: 'HTTP_CERT_LOOKUP_SUPPORTED',
  16393: 'REKEY_SA',
  16394: 'ESP_TFC_PADDING_NOT_SUPPORTED',
  16395: 'NON_FIRST_FRAGMENTS_ALSO',
  16396: 'MOBIKE_SUPPORTED',
  16397: 'ADDITIONAL_IP4_ADDRESS',
  16398: 'ADDITIONAL_IP6_ADDRESS',
  16399: 'NO_ADDITIONAL_ADDRESSES',
  16400: 'UPDATE_SA_ADDRESSES',
  16401: 'COOKIE2',
  16402: 'NO_NATS_ALLOWED',
  16403: 'AUTH_LIFETIME',
  16404: 'MULTIPLE_AUTH_SUPPORTED',
  16405: 'ANOTHER_AUTH_FOLLOWS',
  16406: 'REDIRECT_SUPPORTED',
  16407: 'REDIRECT',
  16408: 'REDIRECTED_FROM',
  16409: 'TICKET_LT_OPAQUE',
  16417: 'EAP_ONLY_AUTHENTICATION',
  16418: 'CHILDLESS_IKEV2_SUPPORTED',
  16419: 'QUICK_CRASH_DETECTION',
  16420: 'IKEV2_MESSAGE_ID_SYNC_SUPPORTED',
  16430: 'IKEV2_FRAGMENTATION_SUPPORTED',
  16431: 'SIGNATURE_HASH_ALGORITHMS',
  16438: 'INTERMEDIATE_EXCHANGE_SUPPORTED',
}

export function notifyName(type: number): string {
  return notifyNames[type] ?? `notify ${type}`
}

export const encryptionIds: Names = {
  1: 'DES IV64',
  2: 'DES',
  3: '3DES',
  11: 'NULL',
  12: 'AES-CBC',
  13: 'AES-CTR',
  14: 'AES-CCM-8',
  15: 'AES-CCM-12',
  16: 'AES-CCM-16',
  18: 'AES-GCM-8',
  19: 'AES-GCM-12',
  20: 'AES-GCM-16',
  23: 'Camellia-CBC',
  28: 'ChaCha20-Poly1305',
}

export const prfIds: Names = { 1: 'HMAC-MD5', 2: 'HMAC-SHA1', 4: 'AES128-XCBC', 5: 'HMAC-SHA2-256', 6: 'HMAC-SHA2-384', 7: 'HMAC-SHA2-512' }

export const integrityIds: Names = {
  0: 'None',
  1: 'HMAC-MD5-96',
  2: 'HMAC-SHA1-96',
  5: 'AES-XCBC-96',
  8: 'AES-CMAC-96',
  12: 'HMAC-SHA2-256-128',
  13: 'HMAC-SHA2-384-192',
  14: 'HMAC-SHA2-512-256',
}

export const groupIds: Names = {
  0: 'None',
  1: 'MODP 768',
  2: 'MODP 1024',
  5: 'MODP 1536',
  14: 'MODP 2048',
  15: 'MODP 3072',
  16: 'MODP 4096',
  17: 'MODP 6144',
  18: 'MODP 8192',
  19: 'P-256',
  20: 'P-384',
  21: 'P-521',
  22: 'MODP 1024, 160-bit subgroup',
  23: 'MODP 2048, 224-bit subgroup',
  24: 'MODP 2048, 256-bit subgroup',
  31: 'Curve25519',
  32: 'Curve448',
}

/** Vendor IDs by the digits they begin with: versions and flags follow in some. */
const VENDORS: readonly (readonly [begin: string, name: string])[] = [
  ['4048b7d56ebce88525e7de7f00d6c2d3', 'Cisco Fragmentation'],
  ['434953434f2d44454c4554452d524541534f4e', 'Cisco Delete Reason Supported'],
  ['434953434f2d44594e414d49432d524f555445', 'Cisco Dynamic Route Supported'],
  ['434953434f56504e2d5245562d3032', 'Cisco VPN Revision 2'],
  ['464c455856504e2d535550504f52544544', 'Cisco FlexVPN Supported'],
  ['12f5f28c457168a9702d9fe274cc', 'CISCO-UNITY'],
  ['09002689dfd6b712', 'XAUTH'],
  ['4485152d18b6bbcd0be8a8469579ddcc', 'draft-ietf-ipsec-nat-t-ike-00'],
  ['cd60464335df21f87cfdb2fc68b6a448', 'draft-ietf-ipsec-nat-t-ike-02'],
  ['90cb80913ebb696e086381b5ec427b1f', 'draft-ietf-ipsec-nat-t-ike-02\n'],
  ['7d9419a65310ca6f2c179d9215529d56', 'draft-ietf-ipsec-nat-t-ike-03'],
  ['4a131c81070358455c5728f20e95452f', 'RFC 3947 Negotiation of NAT-Traversal in the IKE'],
  ['afcad71368a1f1c96b8696fc77570100', 'RFC 3706 DPD (Dead Peer Detection)'],
  ['882fe56d6fd20dbc2251613b2ebe5beb', 'strongSwan'],
]

export function vendorName(hex: string): string {
  for (const [begin, name] of VENDORS) if (hex.startsWith(begin)) return name
  return 'Unknown Vendor ID'
}
