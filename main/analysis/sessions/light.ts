/**
 * Sessions on one address pair: plain TCP connections and UDP conversations, as columns. No object a session, nothing allocated a packet.
 * About 260 bytes a session. What a person may ask of one (handshake, data, retransmissions, how it ended) is kept as times and rows;
 * its report is made from these when it is asked for.
 */

export const enum LightProtocol {
  Tcp = 1,
  Udp = 2,
}

export const enum LightState {
  Opening = 0,
  Established = 1,
  Closing = 2,
  Closed = 3,
  Failed = 4,
}

export const enum LightFlag {
  MidCapture = 1,
  InitiatorIsA = 2,
  FinInitiator = 4,
  FinResponder = 8,
  Reset = 16,
  Broken = 32,
  /** its flow number has been given to a later session */
  Superseded = 64,
  /** its datagrams go to many: a group, or everybody on the link */
  ToMany = 128,
}

export class LightStore {
  private capacity = 256
  count = 0
  free: number[] = []
  flow = new Int32Array(256)
  number = new Int32Array(256)
  protocol = new Uint8Array(256)
  state = new Uint8Array(256)
  flags = new Uint8Array(256)
  opened = new Float64Array(256)
  openedRow = new Int32Array(256)
  answered = new Float64Array(256)
  answeredRow = new Int32Array(256)
  confirmed = new Float64Array(256)
  confirmedRow = new Int32Array(256)
  closed = new Float64Array(256)
  closedRow = new Int32Array(256)
  resetBy = new Int8Array(256)
  icmpTime = new Float64Array(256)
  icmpRow = new Int32Array(256)
  /** type * 256 + code, version 6 above bit 16 */
  icmpKind = new Int32Array(256)
  icmpCount = new Uint16Array(256)
  replaces = new Int32Array(256)
  replacedBy = new Int32Array(256)
  last = new Float64Array(256)
  synRetries = new Uint16Array(256)
  // two entries a session: initiator's direction, responder's
  next = new Uint32Array(512)
  payloadBytes = new Float64Array(512)
  payloadUnits = new Uint32Array(512)
  firstPayload = new Float64Array(512)
  firstPayloadRow = new Int32Array(512)
  lastPayload = new Float64Array(512)
  lastPayloadRow = new Int32Array(512)
  retransmitted = new Uint32Array(512)
  /** retransmissions without progress since: count, first time and row, last row */
  streak = new Uint16Array(512)
  streakTime = new Float64Array(512)
  streakRow = new Int32Array(512)
  streakLastRow = new Int32Array(512)
  acknowledged = new Uint32Array(512)
  /** what was skipped last of a direction's data, by session * 2 + direction: only what lies there can have been overtaken */
  readonly skipped = new Map<number, { from: number; to: number }>()
  lastHeard = new Float64Array(512)
  lastHeardRow = new Int32Array(512)

  /** A new session's index. */
  add(protocol: LightProtocol, number: number, flow: number, time: number, row: number): number {
    const i = this.free.pop() ?? this.count++
    if (i >= this.capacity) this.grow()
    this.flow[i] = flow
    this.number[i] = number
    this.protocol[i] = protocol
    this.state[i] = LightState.Opening
    this.flags[i] = 0
    this.opened[i] = time
    this.openedRow[i] = row
    this.answered[i] = -1
    this.answeredRow[i] = -1
    this.confirmed[i] = -1
    this.confirmedRow[i] = -1
    this.closed[i] = -1
    this.closedRow[i] = -1
    this.resetBy[i] = -1
    this.icmpTime[i] = -1
    this.icmpRow[i] = -1
    this.icmpKind[i] = 0
    this.icmpCount[i] = 0
    this.replaces[i] = -1
    this.replacedBy[i] = -1
    this.last[i] = time
    this.synRetries[i] = 0
    for (let at = i * 2; at < i * 2 + 2; at++) {
      this.next[at] = 0
      this.payloadBytes[at] = 0
      this.payloadUnits[at] = 0
      this.firstPayload[at] = -1
      this.firstPayloadRow[at] = -1
      this.lastPayload[at] = -1
      this.lastPayloadRow[at] = -1
      this.retransmitted[at] = 0
      this.streak[at] = 0
      this.streakTime[at] = -1
      this.streakRow[at] = -1
      this.streakLastRow[at] = -1
      this.acknowledged[at] = 0
      this.lastHeard[at] = -1
      this.lastHeardRow[at] = -1
    }
    return i
  }

  has(i: number, flag: LightFlag): boolean {
    return ((this.flags[i] as number) & flag) !== 0
  }

  set(i: number, flag: LightFlag): void {
    this.flags[i] = (this.flags[i] as number) | flag
  }

  private grow(): void {
    const capacity = this.capacity * 2
    const columns = this as unknown as Record<string, unknown>
    for (const name of Object.keys(this)) {
      const old = columns[name]
      if (!ArrayBuffer.isView(old)) continue
      const column = old as Float64Array
      const next = new (column.constructor as new (n: number) => Float64Array)(column.length * 2)
      next.set(column)
      columns[name] = next
    }
    this.capacity = capacity
  }
}
