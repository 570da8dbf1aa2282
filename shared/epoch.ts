/**
 * From the capture's clock (a double of nanoseconds since the first packet) back to the time stamp that the file holds.
 * Refuses nothing. Cost: big integers, so for what is shown or exported, never for the index pass.
 */

/**
 * Epoch nanoseconds of a packet. A double is exact up to 2^53 ns (104 days); a capture that spans more is rounded to the
 * resolution of its time stamps here, which gives back what the file says for microseconds up to 285 years.
 */
export function epochNanoseconds(baseNanoseconds: bigint, time: number, ticksPerSecond: bigint): bigint {
  const value = baseNanoseconds + BigInt(Math.round(time))
  if (Math.abs(time) <= Number.MAX_SAFE_INTEGER || ticksPerSecond <= 0n || 1_000_000_000n % ticksPerSecond !== 0n) return value
  const step = 1_000_000_000n / ticksPerSecond
  const rest = ((value % step) + step) % step
  return rest * 2n >= step ? value - rest + step : value - rest
}
