/** Neighbour messages with CGA and signature (SEND) as packets: one host with a key of its own, and whatever else is to be wrong with them. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { finish, pseudoHeader, sumWords } from '../../../../dissectors/core/checksum.ts'
import { emitIcmpv6, linkAddressOption } from '../../../../dissectors/icmpv6/emit.ts'
import { Option } from '../../../../dissectors/icmpv6/option-types.ts'
import { address } from '../../../../dissectors/ip/emit.ts'
import { IpProtocol } from '../../../../dissectors/ip/protocols.ts'
import { bytes32, join } from '../../../../dissectors/link/emit.ts'
import { formatIpv6 } from '../../../../shared/address.ts'

const { publicKey, privateKey: KEY } = generateKeyPairSync('rsa', { modulusLength: 1024 })
const DER = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }))
const TAG = Uint8Array.from(Buffer.from('086fca5e10b200c99c8ce00164277c08', 'hex'))
const ALL_NODES = 'ff02::1'

/** Parameters and the address that they make, with a Sec value of 0; `sec`: what the address says instead. */
export function cga(modifier: number, sec = 0): { parameters: Uint8Array; address: string } {
  const parameters = join(new Uint8Array(16).fill(modifier), address('fe80::').subarray(0, 8), [0], DER)
  const hash = createHash('sha1').update(parameters).digest()
  const bytes = address('fe80::').slice()
  bytes.set(hash.subarray(0, 8), 8)
  bytes[8] = ((bytes[8] as number) & 0x1c) | (sec << 5)
  return { parameters, address: formatIpv6(bytes, 0) }
}

export interface Signed {
  modifier?: number
  sec?: number
  /** link-layer address that is told, and the one that was signed */
  mac: string
  signedMac?: string
  /** another address than that of the parameters */
  from?: string
  damaged?: boolean
  /** a solicitation for this address */
  asks?: string
  /** checksum that the stack signs: of the message before its signature was added, or none */
  signs?: 'before' | 'none'
}

/** A neighbour message of the key's owner. */
export function signed(more: Signed): Uint8Array {
  const { mac, signedMac = mac, damaged = false, asks, signs = 'before' } = more
  const own = cga(more.modifier ?? 1, more.sec)
  const source = more.from ?? own.address
  const destination = asks ?? ALL_NODES
  const pad = (8 - ((4 + own.parameters.length) & 7)) & 7
  const option = join([Option.Cga, (4 + own.parameters.length + pad) / 8, pad, 0], own.parameters, new Uint8Array(pad))
  const type = asks === undefined ? 136 : 135
  const head = asks === undefined ? join(bytes32(0x2000_0000), address(source)) : join(bytes32(0), address(asks))
  const link = asks === undefined ? Option.TargetLinkAddress : Option.SourceLinkAddress
  const body = (told: string): Uint8Array => join(head, option, linkAddressOption(link, told))
  const message = join([type, 0, 0, 0], body(signedMac))
  const addresses = join(address(source), address(destination))
  const sum = finish(sumWords(message, 0, message.length, pseudoHeader(addresses, 0, 16, 16, IpProtocol.Icmpv6, message.length)))
  if (signs === 'before') message.set([sum >> 8, sum & 255], 2)
  const signature = Uint8Array.from(sign('sha1', join(TAG, addresses, message), KEY))
  const hash = Uint8Array.from(createHash('sha1').update(DER).digest()).subarray(0, 16)
  const rest = (8 - ((20 + signature.length) & 7)) & 7
  const last = join([Option.RsaSignature, (20 + signature.length + rest) / 8, 0, 0], hash, signature, new Uint8Array(rest))
  const packet = emitIcmpv6(type, 0, join(body(mac), last), { source, destination })
  if (damaged) packet[packet.length - 30] = (packet[packet.length - 30] as number) ^ 1
  return packet
}
