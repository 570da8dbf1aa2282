/** A move that is looked at: what is known of it until its confirmation window has passed (rehoming.md section 3). Times in ns. */

/** How a move began before new data followed it. */
export interface Began {
  time: number
  row: number
  /** last unit on the old pair that was not sent again */
  lastTime: number
  lastRow: number
  /** the first that was */
  firstLostTime: number
  firstLostRow: number
}

/** A move that waits for its confirmation window to pass. */
export interface Candidate {
  from: number
  to: number
  /** first delivered unit on `to` */
  time: number
  row: number
  pair: number
  /** number of that unit: older ones on `from` are stragglers */
  unit: number
  isNew: boolean
  /** confirmation window H in ns */
  window: number
  /** how much longer it may take (ns): P is silent, and Q has not delivered enough to tell */
  wait: number
  tentative: boolean
  /** delivered units on `to` in the window, and units sent on any pair in it */
  delivered: number
  sent: number
  /** last delivered on `from` before `time` */
  lastTime: number
  lastRow: number
  lastAck: number
  /** acknowledgement time of the first unit on `to`, -1 when delivery was seen directly */
  ack: number
  /** first new unit on `to` */
  dataTime: number
  dataRow: number
  lost: number
  lostRows: number[]
  /** of those, sent before the move */
  lostBeforeRows: number[]
  firstLostTime: number
  firstLostRow: number
  lastResentTime: number
  resent: number
  /** copies beyond the second of units that were lost on `from`: their duplicates say nothing about `from` */
  spare: number
  resentRows: number[]
  /** longest silence of `from` before `time`, against its usual gap (ns) */
  silence: number
  medianGap: number
  /** the longest of the last 20 gaps: between bursts, or question and next answer, it is the usual one */
  longestGap: number
  skipped: boolean
  /** time of the first unit on `to` when the test was opened: overlaps up to W/2 after it re-arm the test */
  opened: number
  /** in the window: data seen again, and new data out of order */
  again: number
  late: number
  /** the direction shared its load at `time` */
  shared: boolean
  /** a unit on `from` got through: the test goes on with the next unit on `to` */
  waiting: boolean
  /** only its sender is captured: how it began with what was sent again */
  began: Began | null
  /** holds only if that one is confirmed: this is how the session moved on from it */
  after: Candidate | null
}
