/**
 * Builds MPTCP options of both versions, for tests and generated captures: plain layout, no state. HMACs and tokens come from `keys.ts`.
 */
import { OptionKind } from '../tcp/wire.ts'
import { CapableFlag, DssFlag, Subtype } from './wire.ts'

function option(first: number, ...body: ArrayLike<number>[]): Uint8Array {
  const size = body.reduce((sum, part) => sum + part.length, 3)
  const bytes = new Uint8Array(size)
  bytes.set([OptionKind.Mptcp, size, first])
  let at = 3
  for (const part of body) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function number(value: number, size: 2 | 4): Uint8Array {
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  if (size === 2) view.setUint16(0, value)
  else view.setUint32(0, value)
  return bytes
}

/** A sequence number of 4 bytes, or of 8 when it is given as bigint. */
function serial(value: number | bigint): Uint8Array {
  if (typeof value === 'number') return number(value, 4)
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value)
  return bytes
}

export interface Dss {
  ack?: number | bigint
  dsn?: number | bigint
  /** relative to the subflow's initial sequence number; with `dsn` */
  subflowSequence?: number
  length?: number
  checksum?: number
  dataFin?: boolean
}

export const mptcpOption = {
  /** SYN of version 1: no key; `keys` as the step has them; `dataLength` with the first data */
  capable: (version: 0 | 1, keys: Uint8Array[], extra: { flags?: number; dataLength?: number; checksum?: number } = {}) =>
    option(
      (Subtype.Capable << 4) | version,
      [extra.flags ?? CapableFlag.Sha],
      ...keys,
      extra.dataLength === undefined ? [] : number(extra.dataLength, 2),
      extra.checksum === undefined ? [] : number(extra.checksum, 2),
    ),
  joinSyn: (token: number, nonce: number, addressId: number, backup = false) =>
    option((Subtype.Join << 4) | (backup ? 1 : 0), [addressId], number(token, 4), number(nonce, 4)),
  joinAnswer: (hmac: Uint8Array, nonce: number, addressId: number, backup = false) =>
    option((Subtype.Join << 4) | (backup ? 1 : 0), [addressId], hmac.subarray(0, 8), number(nonce, 4)),
  joinAck: (hmac: Uint8Array) => option(Subtype.Join << 4, [0], hmac.subarray(0, 20)),
  dss: (dss: Dss) => {
    let flags = dss.dataFin ? DssFlag.DataFin : 0
    if (dss.ack !== undefined) flags |= DssFlag.Ack | (typeof dss.ack === 'bigint' ? DssFlag.Ack8 : 0)
    if (dss.dsn !== undefined) flags |= DssFlag.Mapping | (typeof dss.dsn === 'bigint' ? DssFlag.Dsn8 : 0)
    return option(
      Subtype.Dss << 4,
      [flags],
      dss.ack === undefined ? [] : serial(dss.ack),
      ...(dss.dsn === undefined ? [] : [serial(dss.dsn), number(dss.subflowSequence ?? 0, 4), number(dss.length ?? 0, 2)]),
      dss.checksum === undefined ? [] : number(dss.checksum, 2),
    )
  },
  /** version 1; without `hmac` it is an echo */
  addAddress: (addressId: number, address: Uint8Array, port: number | null, hmac: Uint8Array | null) =>
    option((Subtype.AddAddress << 4) | (hmac === null ? 1 : 0), [addressId], address, port === null ? [] : number(port, 2), hmac ?? []),
  addAddress0: (addressId: number, address: Uint8Array, port: number | null) =>
    option((Subtype.AddAddress << 4) | (address.length === 4 ? 4 : 6), [addressId], address, port === null ? [] : number(port, 2)),
  removeAddress: (...addressIds: number[]) => option(Subtype.RemoveAddress << 4, addressIds),
  priority: (backup: boolean, addressId?: number) =>
    option((Subtype.Priority << 4) | (backup ? 1 : 0), addressId === undefined ? [] : [addressId]),
  fail: (dsn: bigint) => option(Subtype.Fail << 4, [0], serial(dsn)),
  fastClose: (receiverKey: Uint8Array) => option(Subtype.FastClose << 4, [0], receiverKey),
  reset: (reason: number, transient = false) => option((Subtype.Reset << 4) | (transient ? 1 : 0), [reason]),
  raw: option,
} as const
