/** Fisher's exact test for two shares: how likely so few successes of the first group are when both groups succeed equally often. */

const logs: number[] = [0, 0]

function logFactorial(n: number): number {
  for (let i = logs.length; i <= n; i++) logs.push((logs[i - 1] as number) + Math.log(i))
  return logs[n] as number
}

/** One-sided: `success1` or fewer successes among `n1`, against `success2` among `n2`. Counts above 100,000 are scaled down. */
export function fisher(success1: number, n1: number, success2: number, n2: number): number {
  const scale = Math.max(1, (n1 + n2) / 100_000)
  const [a, m, b, n] = [success1, n1, success2, n2].map((x) => Math.round(x / scale)) as [number, number, number, number]
  const successes = a + b
  const all = m + n
  const choose = (x: number, y: number): number => logFactorial(x) - logFactorial(y) - logFactorial(x - y)
  const total = choose(all, successes)
  let p = 0
  for (let k = Math.max(0, successes - n); k <= a; k++) p += Math.exp(choose(m, k) + choose(n, successes - k) - total)
  return Math.min(1, p)
}
