/**
 * Builds HIP packets, for tests: header, parameters with their padding, checksum. The counterpart of `dissect.ts`, from the same code points.
 * Writes what it is told, also what RFC 7401 forbids; only lengths, padding and the checksum are its own.
 */
import { parseAddress } from '../../shared/address.ts'
import { finish, pseudoHeader, sumWords } from '../core/checksum.ts'
import { address } from '../ip/emit.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { bytes16, bytes32, join } from '../link/emit.ts'
import { Header, HIP_HEADER, Parameter, parameterSize } from './wire.ts'

type Bytes = Uint8Array | readonly number[]

export function parameter(type: number, ...content: Bytes[]): Uint8Array {
  const body = join(...content)
  const padding = parameterSize(body.length) - 4 - body.length
  return join(bytes16(type), bytes16(body.length), body, new Uint8Array(padding))
}

export interface HipParts {
  type: number
  version?: 1 | 2
  sender: string
  receiver: string
  controls?: number
  next?: number
  parameters?: readonly Uint8Array[]
}

/** A packet without a checksum, as it stands in UDP. */
export function hipPacket(parts: HipParts): Uint8Array {
  const { type, version = 2, sender, receiver, controls = 0, next = IpProtocol.NoNext, parameters = [] } = parts
  const body = join(...parameters)
  return join(
    [next, (HIP_HEADER + body.length) / 8 - 1, type, (version << 4) | 1, 0, 0],
    bytes16(controls),
    address(sender),
    address(receiver),
    body,
  )
}

/** Puts the checksum of a packet between two addresses (RFC 7401 section 5.1.1) in its place. */
export function withChecksum(packet: Uint8Array, source: string, destination: string): Uint8Array {
  const addresses = join(address(source), address(destination))
  const size = addresses.length / 2
  const out = packet.slice()
  out.fill(0, Header.Checksum, Header.Checksum + 2)
  const sum = sumWords(out, 0, out.length, pseudoHeader(addresses, 0, size, size, IpProtocol.Hip, out.length))
  out.set(bytes16(finish(sum)), Header.Checksum)
  return out
}

/** The payload of a datagram of port 10500. */
export function inUdp(packet: Uint8Array): Uint8Array {
  return join([0, 0, 0, 0], packet)
}

export function espInfo(oldSpi: number, newSpi: number, keymat = 0): Uint8Array {
  return parameter(Parameter.EspInfo, [0, 0], bytes16(keymat), bytes32(oldSpi), bytes32(newSpi))
}

export interface LocatorParts {
  address: string
  spi?: number
  /** UDP port of a transport locator (type 2) */
  port?: number
  preferred?: boolean
  lifetime?: number
  traffic?: number
}

/** The locator type follows from what is given: 2 with a port, 1 with an SPI, else 0. */
export function locatorSet(...locators: readonly LocatorParts[]): Uint8Array {
  return parameter(
    Parameter.LocatorSet,
    ...locators.map((one) => {
      const bytes = parseAddress(one.address)
      if (bytes === null) throw new Error(`'${one.address}' is no address`)
      const place = bytes.length === 16 ? bytes : join(new Uint8Array(10), [0xff, 0xff], bytes)
      const spi = bytes32(one.spi ?? 0)
      const type = one.port !== undefined ? 2 : one.spi !== undefined ? 1 : 0
      const content = type === 2 ? join(bytes16(one.port ?? 0), [17, 0], bytes32(0), spi, place) : type === 1 ? join(spi, place) : place
      return join([one.traffic ?? 0, type, content.length / 4, one.preferred ? 1 : 0], bytes32(one.lifetime ?? 600), content)
    }),
  )
}

export function seq(id: number): Uint8Array {
  return parameter(Parameter.Seq, bytes32(id))
}

export function ack(...ids: readonly number[]): Uint8Array {
  return parameter(Parameter.Ack, ...ids.map(bytes32))
}

export function notification(code: number, data: Bytes = []): Uint8Array {
  return parameter(Parameter.Notification, [0, 0], bytes16(code), data)
}

/** HOST_ID of version 2 (RFC 7401 section 5.2.9) or of version 1 (RFC 5201 section 5.2.8); `domain` as it stands on the wire. */
export function hostId(
  algorithm: number,
  key: Uint8Array,
  domain: { type: number; bytes: Bytes } | null = null,
  version: 1 | 2 = 2,
): Uint8Array {
  const name = domain === null ? new Uint8Array(0) : join(domain.bytes)
  const head = version === 1 ? join(bytes16(0x0202), [0xff, algorithm]) : bytes16(algorithm)
  const length = version === 1 ? key.length + 4 : key.length
  return parameter(Parameter.HostId, bytes16(length), bytes16(((domain?.type ?? 0) << 12) | name.length), head, key, name)
}

export const DUMMY_MAC = parameter(Parameter.HipMac, new Uint8Array(20).fill(0xaa))
