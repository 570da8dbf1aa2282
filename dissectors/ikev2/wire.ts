/**
 * IKE on the wire: version 2 (RFC 7296) with MOBIKE (4555), fragmentation (7383), redirect (5685) and signature hashes (7427), and the
 * headers and clear payloads of version 1 (RFC 2408, 2409). UDP port 500, or 4500 behind four zero bytes (RFC 3948 section 2.2).
 * A message is a 28-byte header and a chain of payloads, each naming the type of the next. All integers are big-endian.
 */
import { protocol } from '../core/fields.ts'
import { encryptionIds, exchangeNames, groupIds, integrityIds, notifyNames, payloadNames, prfIds } from './names.ts'

export const IKE_PORT = 500
export const NAT_TRAVERSAL_PORT = 4500

/** Header, RFC 7296 section 3.1 */
export const Header = {
  InitiatorSpi: 0,
  ResponderSpi: 8,
  NextPayload: 16,
  Version: 17,
  Exchange: 18,
  Flags: 19,
  MessageId: 20,
  MessageLength: 24,
  Length: 28,
} as const

export const enum Exchange {
  SaInit = 34,
  Auth = 35,
  CreateChildSa = 36,
  Informational = 37,
}

export const Flag = { Initiator: 0x08, Version: 0x10, Response: 0x20 } as const
/** Flags of version 1, RFC 2408 section 3.1 */
export const FlagV1 = { Encryption: 0x01, Commit: 0x02, Authentication: 0x04 } as const

export const enum Payload {
  None = 0,
  // version 1
  SaV1 = 1,
  Proposal = 2,
  Transform = 3,
  KeV1 = 4,
  IdV1 = 5,
  CertificateV1 = 6,
  CertificateRequestV1 = 7,
  HashV1 = 8,
  SignatureV1 = 9,
  NonceV1 = 10,
  NotifyV1 = 11,
  DeleteV1 = 12,
  VendorV1 = 13,
  NatDetectionV1 = 20,
  NatOriginalV1 = 21,
  NatDetectionDraft = 130,
  NatOriginalDraft = 131,
  // version 2
  Sa = 33,
  Ke = 34,
  IdInitiator = 35,
  IdResponder = 36,
  Certificate = 37,
  CertificateRequest = 38,
  Authentication = 39,
  Nonce = 40,
  Notify = 41,
  Delete = 42,
  Vendor = 43,
  SelectorInitiator = 44,
  SelectorResponder = 45,
  Encrypted = 46,
  Configuration = 47,
  Eap = 48,
  EncryptedFragment = 53,
}

export const enum Notify {
  AuthenticationFailed = 24,
  UnacceptableAddresses = 40,
  UnexpectedNatDetected = 41,
  InvalidKePayload = 17,
  NatDetectionSource = 16388,
  NatDetectionDestination = 16389,
  Cookie = 16390,
  RekeySa = 16393,
  MobikeSupported = 16396,
  AdditionalIp4 = 16397,
  AdditionalIp6 = 16398,
  NoAdditional = 16399,
  UpdateSaAddresses = 16400,
  Cookie2 = 16401,
  NoNatsAllowed = 16402,
  Redirect = 16407,
  RedirectedFrom = 16408,
  SignatureHashAlgorithms = 16431,
}

const HEX = { base: 'hex' } as const

export const isakmp = protocol('isakmp', 'Internet Key Exchange', 'ISAKMP')
export const encapsulation = protocol('udpencap', 'UDP encapsulation of IPsec packets', 'UDPENCAP')

export const marker = encapsulation.bytes('udpencap.non_esp_marker', 'Non-ESP marker')
export const keepalive = encapsulation.group('udpencap.nat_keepalive', 'NAT keepalive')

const f = isakmp
export const Field = {
  initiatorSpi: f.bytes('isakmp.ispi', 'Initiator SPI'),
  responderSpi: f.bytes('isakmp.rspi', 'Responder SPI'),
  payload: f.group('isakmp.payload', 'Payload'),
  payloadType: f.uint8('isakmp.typepayload', 'Payload', { values: payloadNames }),
  nextPayload: f.uint8('isakmp.nextpayload', 'Next payload', { values: payloadNames }),
  critical: f.bool('isakmp.criticalpayload', 'Critical'),
  reserved7: f.uint8('isakmp.reserved7', 'Reserved', HEX),
  reserved: f.bytes('isakmp.reserved', 'Reserved'),
  payloadLength: f.uint16('isakmp.payloadlength', 'Payload length'),
  version: f.uint8('isakmp.version', 'Version', HEX),
  majorVersion: f.uint8('isakmp.mjver', 'Major version', HEX),
  minorVersion: f.uint8('isakmp.mnver', 'Minor version', HEX),
  exchange: f.uint8('isakmp.exchangetype', 'Exchange type', { values: exchangeNames }),
  flags: f.uint8('isakmp.flags', 'Flags', HEX),
  flagEncryption: f.bool('isakmp.flag_e', 'Encryption'),
  flagCommit: f.bool('isakmp.flag_c', 'Commit'),
  flagAuthentication: f.bool('isakmp.flag_a', 'Authentication'),
  flagInitiator: f.bool('isakmp.flag_i', 'Initiator'),
  flagVersion: f.bool('isakmp.flag_v', 'Higher version'),
  flagResponse: f.bool('isakmp.flag_r', 'Response'),
  messageId: f.uint32('isakmp.messageid', 'Message ID', HEX),
  length: f.uint32('isakmp.length', 'Length'),
  data: f.bytes('isakmp.datapayload', 'Payload data'),

  doi: f.uint32('isakmp.sa.doi', 'Domain of interpretation'),
  situation: f.bytes('isakmp.sa.situation', 'Situation'),
  situationIdentity: f.bool('isakmp.sa.situation.identity_only', 'Identity only'),
  situationSecrecy: f.bool('isakmp.sa.situation.secrecy', 'Secrecy'),
  situationIntegrity: f.bool('isakmp.sa.situation.integrity', 'Integrity'),
  proposalNumber: f.uint8('isakmp.prop.number', 'Proposal number'),
  proposalProtocol: f.uint32('isakmp.prop.protoid', 'Protocol'),
  spiSize: f.uint8('isakmp.spisize', 'SPI size'),
  spi: f.bytes('isakmp.spi', 'SPI'),
  proposalTransforms: f.uint8('isakmp.prop.transforms', 'Transforms'),
  transformNumber: f.uint8('isakmp.trans.number', 'Transform number'),
  transformId: f.uint8('isakmp.trans.id', 'Transform ID'),
  transformType: f.uint8('isakmp.tf.type', 'Transform type', {
    values: { 1: 'Encryption', 2: 'Pseudo-random function', 3: 'Integrity', 4: 'Key exchange method', 5: 'Sequence numbers' },
  }),
  encryption: f.uint16('isakmp.tf.id.encr', 'Encryption', { values: encryptionIds }),
  prf: f.uint16('isakmp.tf.id.prf', 'Pseudo-random function', { values: prfIds }),
  integrity: f.uint16('isakmp.tf.id.integ', 'Integrity', { values: integrityIds }),
  group: f.uint16('isakmp.tf.id.dh', 'Key exchange method', { values: groupIds }),
  sequenceNumbers: f.uint16('isakmp.tf.id.esn', 'Sequence numbers', { values: { 0: 'No extended', 1: 'Extended' } }),
  otherTransform: f.uint16('isakmp.tf.id', 'Transform ID'),
  attribute2: f.group('isakmp.ike2.attr', 'Transform attribute'),
  attribute2Format: f.bool('isakmp.ike2.attr.format', 'Type/value'),
  attribute2Type: f.uint16('isakmp.ike2.attr.type', 'Type', { values: { 14: 'Key length' } }),
  attribute2Length: f.uint16('isakmp.ike2.attr.length', 'Length'),
  attribute2Value: f.bytes('isakmp.ike2.attr.value', 'Value'),
  keyLength: f.uint16('isakmp.ike2.attr.key_length', 'Key length'),

  keyExchangeGroup: f.uint16('isakmp.key_exchange.dh_group', 'Key exchange method', { values: groupIds }),
  keyExchangeData: f.bytes('isakmp.key_exchange.data', 'Key exchange data'),
  nonce: f.bytes('isakmp.nonce', 'Nonce'),
  hash: f.bytes('isakmp.hash', 'Hash'),
  signature: f.bytes('isakmp.sig', 'Signature'),
  vendor: f.bytes('isakmp.vid_bytes', 'Vendor ID'),
  vendorName: f.string('isakmp.vid_string', 'Vendor ID'),
  natHash: f.bytes('isakmp.ike.nat_hash', 'Hash of address and port'),
  natOriginal4: f.ipv4('isakmp.ike.nat_original_address_ipv4', 'Original address'),
  natOriginal6: f.ipv6('isakmp.ike.nat_original_address_ipv6', 'Original address'),

  idType: f.uint8('isakmp.id.type', 'ID type', {
    values: { 1: 'IPv4 address', 2: 'FQDN', 3: 'RFC 822 address', 5: 'IPv6 address', 9: 'DER ASN.1 DN', 10: 'DER ASN.1 GN', 11: 'Key ID' },
  }),
  idProtocol: f.uint8('isakmp.id.protoid', 'Protocol'),
  idPort: f.uint16('isakmp.id.port', 'Port'),
  idData: f.bytes('isakmp.id.data.key_id', 'Identification'),
  idIpv4: f.ipv4('isakmp.id.data.ipv4_addr', 'Identification (IPv4)'),
  idIpv6: f.ipv6('isakmp.id.data.ipv6_addr', 'Identification (IPv6)'),
  idFqdn: f.string('isakmp.id.data.fqdn', 'Identification (FQDN)'),
  idUser: f.string('isakmp.id.data.user_fqdn', 'Identification (RFC 822)'),
  certificateEncoding: f.uint8('isakmp.cert.encoding', 'Encoding'),
  certificateData: f.bytes('mh.isakmp.cert.data', 'Certificate'),
  requestType: f.uint8('isakmp.certreq.type', 'Certificate type'),
  requestAuthority: f.bytes('isakmp.ike.certreq.authority', 'Certificate authority'),
  authMethod: f.uint8('isakmp.auth.method', 'Authentication method', {
    values: {
      1: 'RSA signature',
      2: 'Shared key',
      3: 'DSS signature',
      9: 'ECDSA P-256',
      10: 'ECDSA P-384',
      11: 'ECDSA P-521',
      14: 'Signature',
    },
  }),
  authData: f.bytes('isakmp.auth.data', 'Authentication data'),
  eap: f.bytes('isakmp.eap.data', 'EAP message'),

  selectors: f.uint8('isakmp.ts.number', 'Traffic selectors'),
  selector: f.group('isakmp.ts', 'Traffic selector'),
  selectorType: f.uint8('isakmp.ts.type', 'Type', { values: { 7: 'IPv4 range', 8: 'IPv6 range' } }),
  selectorProtocol: f.uint8('isakmp.ts.protoid', 'Protocol'),
  selectorLength: f.uint16('isakmp.ts.selector_length', 'Length'),
  selectorStartPort: f.uint16('isakmp.ts.start_port', 'Start port'),
  selectorEndPort: f.uint16('isakmp.ts.end_port', 'End port'),
  selectorStart4: f.ipv4('isakmp.ts.start_ipv4', 'Start'),
  selectorEnd4: f.ipv4('isakmp.ts.end_ipv4', 'End'),
  selectorStart6: f.ipv6('isakmp.ts.start_ipv6', 'Start'),
  selectorEnd6: f.ipv6('isakmp.ts.end_ipv6', 'End'),

  configurationType: f.uint8('isakmp.cfg.type', 'Type', { values: { 1: 'Request', 2: 'Reply', 3: 'Set', 4: 'Ack' } }),
  configuration: f.bytes('mh.isakmp.cfg.attr', 'Attribute'),

  deleteDoi: f.uint32('isakmp.delete.doi', 'Domain of interpretation'),
  deleteProtocol: f.uint32('isakmp.delete.protoid', 'Protocol'),
  spiCount: f.uint16('isakmp.spinum', 'Number of SPIs'),
  deleteSpi: f.bytes('isakmp.delete.spi', 'Deleted SPI'),

  notifyDoi: f.uint32('isakmp.notify.doi', 'Domain of interpretation'),
  notifyProtocol: f.uint32('isakmp.notify.protoid', 'Protocol'),
  notifyType: f.uint16('isakmp.notify.msgtype', 'Notify message type', { values: notifyNames }),
  notifyData: f.bytes('isakmp.notify.data', 'Notification data'),
  acceptedGroup: f.uint16('isakmp.notify.data.accepted_dh_group', 'Accepted key exchange method', { values: groupIds }),
  signatureHash: f.uint16('isakmp.notify.data.signature_hash_algorithms', 'Signature hash algorithm', {
    values: { 1: 'SHA1', 2: 'SHA2-256', 3: 'SHA2-384', 4: 'SHA2-512', 5: 'Identity' },
  }),
  gatewayType: f.uint8('isakmp.notify.data.redirect.gw_ident.type', 'Gateway identity type', {
    values: { 1: 'IPv4 address', 2: 'IPv6 address', 3: 'FQDN' },
  }),
  gatewayLength: f.uint8('isakmp.notify.data.redirect.gw_ident.len', 'Gateway identity length'),
  newGateway4: f.ipv4('isakmp.notify.data.redirect.new_resp_gw_ident.ipv4', 'New gateway'),
  newGateway6: f.ipv6('isakmp.notify.data.redirect.new_resp_gw_ident.ipv6', 'New gateway'),
  newGatewayName: f.string('isakmp.notify.data.redirect.new_resp_gw_ident.fqdn', 'New gateway'),
  oldGateway4: f.ipv4('isakmp.notify.data.redirect.org_resp_gw_ident.ipv4', 'Original gateway'),
  oldGateway6: f.ipv6('isakmp.notify.data.redirect.org_resp_gw_ident.ipv6', 'Original gateway'),
  redirectNonce: f.bytes('isakmp.notify.data.redirect.nonce_data', 'Nonce'),
  additionalIp4: f.ipv4('mh.isakmp.additional_ip4', 'Additional address'),
  additionalIp6: f.ipv6('mh.isakmp.additional_ip6', 'Additional address'),
  natVerdict: f.string('mh.isakmp.nat', 'Address and port'),

  vector: f.bytes('isakmp.enc.iv', 'Initialization vector'),
  checksum: f.bytes('isakmp.enc.icd', 'Integrity checksum'),
  checksumVerdict: f.string('mh.isakmp.integrity', 'Integrity'),
  decrypted: f.group('isakmp.enc.decrypted', 'Decrypted payloads'),
  padLength: f.uint8('isakmp.enc.pad_length', 'Pad length'),
  encrypted: f.group('isakmp.enc.data', 'Encrypted data'),
  fragmentNumber: f.uint16('isakmp.frag.number', 'Fragment number'),
  fragmentTotal: f.uint16('isakmp.frag.total', 'Total fragments'),

  attribute1: f.group('isakmp.ike.attr', 'Attribute'),
  attribute1Format: f.bool('isakmp.ike.attr.format', 'Type/value'),
  attribute1Type: f.uint16('isakmp.ike.attr.type', 'Type'),
  attribute1Length: f.uint16('isakmp.ike.attr.length', 'Length'),
  attribute1Value: f.bytes('isakmp.ike.attr.value', 'Value'),
} as const

/** Attributes of a version 1 transform that have a field of their own (RFC 2409 appendix A). */
export const attribute1Fields: Readonly<Record<number, number>> = {
  1: f.uint16('isakmp.ike.attr.encryption_algorithm', 'Encryption'),
  2: f.uint16('isakmp.ike.attr.hash_algorithm', 'Hash'),
  3: f.uint16('isakmp.ike.attr.authentication_method', 'Authentication method'),
  4: f.uint16('isakmp.ike.attr.group_description', 'Group', { values: groupIds }),
  5: f.uint16('isakmp.ike.attr.group_type', 'Group type'),
  11: f.uint16('isakmp.ike.attr.life_type', 'Life type', { values: { 1: 'Seconds', 2: 'Kilobytes' } }),
  12: f.uint32('isakmp.ike.attr.life_duration', 'Life duration'),
  14: f.uint16('isakmp.ike.attr.key_length', 'Key length'),
}
