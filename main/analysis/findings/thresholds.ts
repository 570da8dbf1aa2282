/**
 * The catalogue's thresholds (threats.md 0.6): one object, its defaults, and the check that a user's values make sense. Times in ns, sizes in
 * bytes. A rule never writes such a number itself.
 */
const SECOND = 1e9

export interface Thresholds {
  /** payload to an unverified locator that makes a redirection: so many packets, or so many bytes */
  redirectPackets: number
  redirectBytes: number
  /** how long after that a verification may still come: at least, at most (between them one round trip) */
  verifyGrace: number
  verifyGraceMost: number
  /** flooding: bytes in all, or bytes a second over `floodWindow` */
  floodBytes: number
  floodRate: number
  floodWindow: number
  /** above this rate (bytes a second) a flood is critical */
  floodCritical: number
  /** answers to requests, bytes sent to bytes heard */
  amplification: number
  amplificationBytes: number
  /** how long accepted updates are remembered, and how young a copy may be to pass for a retransmission */
  replayWindow: number
  replayAge: number
  /** how long a binding may outlive its proof */
  bindingMost: number
  /** how long the secrets of a proof may have been out */
  nonceAge: number
  preclaimWindow: number
  blackHoleResent: number
  blackHoleTime: number
  guessDistinct: number
  guessTime: number
  guessSources: number
  /** a claim this close to a packet from its locator explains it */
  claimSlack: number
  /** attempts of one source that make it more than a chance */
  attempts: number
  attemptTime: number
  /** contexts may have begun before the capture in its first seconds */
  captureStart: number
}

export const THRESHOLDS: Readonly<Thresholds> = {
  redirectPackets: 3,
  redirectBytes: 3000,
  verifyGrace: 0.2 * SECOND,
  verifyGraceMost: SECOND,
  floodBytes: 65_536,
  floodRate: 10_000,
  floodWindow: 5 * SECOND,
  floodCritical: 125_000,
  amplification: 3,
  amplificationBytes: 4096,
  replayWindow: 600 * SECOND,
  replayAge: SECOND,
  bindingMost: 420 * SECOND,
  nonceAge: 240 * SECOND,
  preclaimWindow: 300 * SECOND,
  blackHoleResent: 3,
  blackHoleTime: 3 * SECOND,
  guessDistinct: 64,
  guessTime: 10 * SECOND,
  guessSources: 8,
  claimSlack: 5 * SECOND,
  attempts: 3,
  attemptTime: 60 * SECOND,
  captureStart: 10 * SECOND,
}

/** What a user gives in seconds. */
export const TIMES: ReadonlySet<keyof Thresholds> = new Set<keyof Thresholds>([
  'verifyGrace',
  'verifyGraceMost',
  'floodWindow',
  'replayWindow',
  'replayAge',
  'bindingMost',
  'nonceAge',
  'preclaimWindow',
  'blackHoleTime',
  'guessTime',
  'claimSlack',
  'attemptTime',
  'captureStart',
])

/** What is counted: a whole number of at least 1. */
export const COUNTS: ReadonlySet<keyof Thresholds> = new Set<keyof Thresholds>([
  'redirectPackets',
  'blackHoleResent',
  'guessDistinct',
  'guessSources',
  'attempts',
])

/** Rates and windows of nothing, which would fire on anything. */
const ABOVE_NOTHING: readonly (keyof Thresholds)[] = [
  'redirectBytes',
  'floodBytes',
  'floodRate',
  'floodWindow',
  'blackHoleTime',
  'guessTime',
]

/** The defaults with a user's values in their places; throws a RangeError that names the one that makes no sense. */
export function thresholds(values: Partial<Thresholds> = {}): Readonly<Thresholds> {
  const out = { ...THRESHOLDS }
  for (const [key, value] of Object.entries(values)) {
    if (!Object.hasOwn(THRESHOLDS, key)) throw new RangeError(`there is no threshold called '${key.slice(0, 60)}'`)
    const name = key as keyof Thresholds
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new RangeError(`${name} must be a number of at least 0`)
    if (COUNTS.has(name) && (!Number.isInteger(value) || value < 1)) throw new RangeError(`${name} must be a whole number of at least 1`)
    if (ABOVE_NOTHING.includes(name) && value === 0) throw new RangeError(`${name} must be above 0`)
    out[name] = value
  }
  if (out.verifyGrace > out.verifyGraceMost) throw new RangeError('verifyGrace must not be above verifyGraceMost')
  if (out.amplification < 1) throw new RangeError('amplification must be at least 1')
  // A target keeps so many tokens (contexts/guess.ts).
  if (out.guessDistinct > 1024) throw new RangeError('guessDistinct must not be above 1024')
  return out
}

/** What a site file says: times in seconds. Throws like `thresholds`. */
export function givenThresholds(values: unknown): Partial<Thresholds> {
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new RangeError('must be an object of names and numbers, such as { "redirectPackets": 5 }')
  const out: Partial<Thresholds> = {}
  for (const [key, value] of Object.entries(values)) {
    const name = key as keyof Thresholds
    // Assigned as it is when it is no number: what is wrong with it is said below.
    out[name] = TIMES.has(name) && typeof value === 'number' ? Math.round(value * SECOND) : value
  }
  thresholds(out)
  return out
}
