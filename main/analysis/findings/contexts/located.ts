/**
 * A locator of a context's end: who claimed it when and from where, how well it is proven, what went there and what came from it (threats.md 0.1
 * to 0.3). Nearly all are those of the handshake, of which nothing more is ever asked: what only a doubtful one needs is made with the first
 * value that is not what it would be anyway. Bounded: 64 locators an end, 32 flows and 8 rejections a locator.
 */
import type { ClaimAuthentication } from '../../../../shared/signal-details.ts'

export const NEVER = Number.POSITIVE_INFINITY
const MAX_FLOWS_FROM = 32
const MAX_REJECTIONS = 8
const NONE: readonly never[] = []

export interface Rejection {
  time: number
  row: number
  text: string
  /** it came from the locator itself, not from a router on the way */
  own: boolean
}

/** What is known of a locator beyond its claim and proof. */
interface Doubts {
  lifetime: number
  expiresAt: number
  withdrawnAt: number
  packetsUnverified: number
  bytesUnverified: number
  rows: number[]
  redirected: boolean
  flooded: boolean
  holed: boolean
  overdue: boolean
  acceptedAt: number
  rejections: Rejection[]
  lastUnit: number
  resent: number
  windowFrom: number
  windowBytes: number
  peakRate: number
}

export class Located {
  /** id of the address table */
  readonly address: number
  how: 'initial' | 'listed' | 'signalled' | 'observed'
  message: string
  authentication: ClaimAuthentication
  private claimed: number
  /** the last claim that said it again */
  refreshedAt: number
  claimRow: number
  /** address that the claim came from, its hop limit and capture interface */
  claimSource: number
  claimHops: number
  claimInterface: number
  verifiedAt: number
  verifiedHow: string
  /** payload that the peer sent to it */
  firstTo = -1
  lastTo = -1
  packetsTo = 0
  bytesTo = 0
  /** the first of `from`, -1 none; all of them where there are more */
  private first = -1
  private further: readonly number[] | null = null
  private doubts: Doubts | null = null

  constructor(
    address: number,
    how: Located['how'],
    message: string,
    authentication: ClaimAuthentication,
    source: number,
    claim: { time: number; row: number; hopLimit: number; interface: number },
    before: Located | undefined,
  ) {
    this.address = address
    this.how = how
    this.message = message
    this.authentication = authentication
    this.claimed = claim.time
    this.refreshedAt = claim.time
    this.claimRow = claim.row
    this.claimSource = source
    this.claimHops = claim.hopLimit
    this.claimInterface = claim.interface
    this.verifiedAt = before === undefined ? NEVER : before.verifiedAt
    this.verifiedHow = before === undefined ? '' : before.verifiedHow
  }

  /** Something came from it on flow * 2 + direction. */
  heardOn(at: number): void {
    if (this.first < 0) this.first = at
    else if (this.first !== at) this.heardFurther(at)
  }

  private heardFurther(at: number): void {
    const { from } = this
    if (from.length < MAX_FLOWS_FROM && !from.includes(at)) this.further = [...from, at]
  }

  /** Did anything? */
  get isHeard(): boolean {
    return this.first >= 0
  }

  /** What comes from it: flow * 2 + direction of the flow table, the first 32. */
  get from(): readonly number[] {
    return this.further ?? (this.first < 0 ? NONE : [this.first])
  }

  private get doubtful(): Doubts {
    this.doubts ??= {
      lifetime: -1,
      expiresAt: NEVER,
      withdrawnAt: NEVER,
      packetsUnverified: 0,
      bytesUnverified: 0,
      rows: [],
      redirected: false,
      flooded: false,
      holed: false,
      overdue: false,
      acceptedAt: -1,
      rejections: [],
      lastUnit: -1,
      resent: 0,
      windowFrom: this.claimed,
      windowBytes: 0,
      peakRate: 0,
    }
    return this.doubts
  }

  /** first claim */
  get claimedAt(): number {
    return this.claimed
  }
  /** A claim that was made before its locator was used: the window of a flood begins with the use. */
  set claimedAt(time: number) {
    this.doubtful.windowFrom = this.claimed
    this.claimed = time
  }

  /** seconds that the binding holds; -1: not said */
  get lifetime(): number {
    return this.doubts?.lifetime ?? -1
  }
  set lifetime(seconds: number) {
    this.doubtful.lifetime = seconds
  }

  /** when it runs out, ns */
  get expiresAt(): number {
    return this.doubts?.expiresAt ?? NEVER
  }
  set expiresAt(time: number) {
    this.doubtful.expiresAt = time
  }

  get withdrawnAt(): number {
    return this.doubts?.withdrawnAt ?? NEVER
  }
  set withdrawnAt(time: number) {
    this.doubtful.withdrawnAt = time
  }

  /** the peer said that it took the claim */
  get acceptedAt(): number {
    return this.doubts?.acceptedAt ?? -1
  }
  set acceptedAt(time: number) {
    this.doubtful.acceptedAt = time
  }

  /** payload that was sent to it while it was not verified */
  get packetsUnverified(): number {
    return this.doubts?.packetsUnverified ?? 0
  }
  get bytesUnverified(): number {
    return this.doubts?.bytesUnverified ?? 0
  }
  get rows(): readonly number[] {
    return this.doubts?.rows ?? NONE
  }

  /** the threshold of a redirection was reached */
  get redirected(): boolean {
    return this.doubts?.redirected ?? false
  }
  set redirected(value: boolean) {
    this.doubtful.redirected = value
  }

  get flooded(): boolean {
    return this.doubts?.flooded ?? false
  }
  set flooded(value: boolean) {
    this.doubtful.flooded = value
  }

  get holed(): boolean {
    return this.doubts?.holed ?? false
  }
  set holed(value: boolean) {
    this.doubtful.holed = value
  }

  get overdue(): boolean {
    return this.doubts?.overdue ?? false
  }
  set overdue(value: boolean) {
    this.doubtful.overdue = value
  }

  /** it answered with a reset, an abort or an ICMP error of its own */
  get rejections(): readonly Rejection[] {
    return this.doubts?.rejections ?? NONE
  }
  reject(rejection: Rejection): void {
    if (this.rejections.length < MAX_REJECTIONS) this.doubtful.rejections.push(rejection)
  }

  /** highest unit sent to it, and how many were sent again */
  get lastUnit(): number {
    return this.doubts?.lastUnit ?? -1
  }
  get resent(): number {
    return this.doubts?.resent ?? 0
  }

  /** payload of the last flood window */
  get windowBytes(): number {
    return this.doubts?.windowBytes ?? 0
  }

  get peakRate(): number {
    return this.doubts?.peakRate ?? 0
  }
  set peakRate(rate: number) {
    this.doubtful.peakRate = rate
  }

  /** Payload went to it though nothing proves that it wants any. `ordered`: units are numbers in their order, not hashes. */
  unverified(time: number, row: number, bytes: number, unit: number, span: number, ordered: boolean, floodWindow: number): void {
    const { doubtful } = this
    doubtful.packetsUnverified++
    doubtful.bytesUnverified += bytes
    if (doubtful.rows.length < 20) doubtful.rows.push(row)
    if (unit === doubtful.lastUnit || ((doubtful.lastUnit - unit) >>> 0 < 0x10000 && span > 0 && doubtful.lastUnit >= 0 && ordered))
      doubtful.resent++
    else doubtful.lastUnit = unit
    if (time - doubtful.windowFrom > floodWindow) {
      doubtful.windowFrom = time
      doubtful.windowBytes = 0
    }
    doubtful.windowBytes += bytes
  }
}
