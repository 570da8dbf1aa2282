/**
 * What one HIP packet says, gathered while its parameters are walked: plain values, for checks and signals.
 * Made for each HIP packet, which are rare; lists are bounded so that a hostile packet cannot fill memory with them.
 */

export const MAX_FACTS = 64

export interface EspInfo {
  oldSpi: number
  newSpi: number
}

export interface Locator {
  /** offset of the 16-byte address in `walk.bytes` */
  at: number
  type: number
  trafficType: number
  preferred: boolean
  /** seconds */
  lifetime: number
  spi: number | null
  port: number | null
}

export interface Notice {
  code: number
}

export interface HipFacts {
  type: number
  version: number
  offset: number
  /** end of the packet by its own length */
  end: number
  espInfo: EspInfo | null
  /** null: no LOCATOR_SET; an empty one withdraws all */
  locators: Locator[] | null
  /** where the sender's own address stands in a packet that a relay or rendezvous server passed on, -1 none */
  fromAt: number
  seq: number | null
  acks: number[]
  /** hex, signed and unsigned alike */
  echoRequests: string[]
  echoResponses: string[]
  notices: Notice[]
  /** the public key: place of the 'Host Identity' field behind its algorithm, -1 none */
  identityAt: number
  identityLength: number
  identityAlgorithm: number
  domain: string
  /** PUZZLE or SOLUTION: K, then where I lies, and J behind it; -1 none */
  difficulty: number
  puzzleAt: number
  puzzleLength: number
  solutionAt: number
  solutionLength: number
  /** where a MAC parameter begins, -1 none */
  macAt: number
  /** the MAC as hex, '' none or cut: a copy of the packet has the same */
  mac: string
  /** HIP_SIGNATURE or HIP_SIGNATURE_2: parameter type, its begin and content length */
  signatureType: number
  signatureAt: number
  signatureLength: number
  /** the capture holds less than the packet had: what is missing may be there */
  cut: boolean
}

export function newFacts(type: number, version: number, offset: number, end: number): HipFacts {
  return {
    type,
    version,
    offset,
    end,
    espInfo: null,
    locators: null,
    fromAt: -1,
    seq: null,
    acks: [],
    echoRequests: [],
    echoResponses: [],
    notices: [],
    identityAt: -1,
    identityLength: 0,
    identityAlgorithm: 0,
    domain: '',
    difficulty: 0,
    puzzleAt: -1,
    puzzleLength: 0,
    solutionAt: -1,
    solutionLength: 0,
    macAt: -1,
    mac: '',
    signatureType: 0,
    signatureAt: -1,
    signatureLength: 0,
    cut: false,
  }
}
