/**
 * What one Shim6 control message says, gathered while it is walked: plain values for checks and signals. Made for each control message,
 * which are rare, and never for payload. Lists are bounded by the message's own counts, at most 255.
 */

export interface ListedLocator {
  /** offset of the 16-byte address in `walk.bytes` */
  at: number
  method: number
}

export interface LocatorPreference {
  flags: number
  priority: number
  weight: number
}

export interface ProbeReport {
  /** offset of source and destination in `walk.bytes` */
  at: number
  nonce: number
}

export interface Shim6Facts {
  type: number
  offset: number
  end: number
  /** 47 bits; -1 none */
  tag: number
  /** I2bis: the tag of the packet that met no context; -1 none */
  packetTag: number
  /** nonce that identifies the exchange or the request, -1 none */
  nonce: number
  /** offset of sender's and receiver's ULID, -1: the packet's addresses */
  ulidsAt: number
  forked: number
  generation: number
  /** null: no Locator List, or one that was cut */
  locators: ListedLocator[] | null
  /** content of the Locator List option */
  listAt: number
  listEnd: number
  preferences: LocatorPreference[]
  preferencesGeneration: number
  /** CGA parameter data structure, -1 none */
  parametersAt: number
  parametersEnd: number
  signatureAt: number
  signatureEnd: number
  reapState: number
  sent: ProbeReport[]
  received: ProbeReport[]
  errorCode: number
  /** the request nonce of an Update Request that an Error quotes, -1 none */
  quotedNonce: number
}

export function newFacts(type: number, offset: number, end: number): Shim6Facts {
  return {
    type,
    offset,
    end,
    tag: -1,
    packetTag: -1,
    nonce: -1,
    ulidsAt: -1,
    forked: 0,
    generation: -1,
    locators: null,
    listAt: -1,
    listEnd: -1,
    preferences: [],
    preferencesGeneration: -1,
    parametersAt: -1,
    parametersEnd: -1,
    signatureAt: -1,
    signatureEnd: -1,
    reapState: 0,
    sent: [],
    received: [],
    errorCode: -1,
    quotedNonce: -1,
  }
}
