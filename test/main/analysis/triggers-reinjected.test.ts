/**
 * MPTCP repairs a hole on whichever subflow works, and acknowledges data without saying what came behind a hole (RFC 8684 section 3.3.5):
 * what is sent again on the way blames the path that lost it, never the one that repaired it.
 */
import { expect, test } from 'vitest'
import type { RehomingReport } from '../../../shared/report.ts'
import { Connection } from './stage.ts'

interface Play {
  name: string
  /** on the second subflow at 5.4 s: the lost data */
  refilled: boolean
  /** and what had come behind it, again */
  again: boolean
  /** the first subflow's own copy of the lost data, late, just before the data comes back to it */
  late: boolean
  /** the data comes back as soon as that is done */
  soon?: boolean
  trigger: { class: string }
}

/** A download moves from subflow 0 to 1 at 3 s and back while 1 works, at 6.1 or 5.45 s; 1,000 bytes were lost on subflow 0 at 5 s. */
function download({ refilled, again, late, soon = false }: Play): RehomingReport[] {
  const connection = new Connection().open()
  connection.join(0.1, 1)
  let dsn = 1000
  const fresh = (seconds: number, path: number): void => {
    connection.data(seconds, 1, path, dsn).ack(seconds + 0.001, 0, path, dsn + 1000)
    dsn += 1000
  }
  for (let i = 0; i < 100; i++) fresh(1 + i / 50, 0)
  for (let i = 0; i < 100; i++) fresh(3.01 + i / 50, 1)
  const hole = dsn
  dsn += 1000
  for (let i = 0; i < 20; i++) fresh(5.01 + i / 50, 1)
  const behind = dsn
  if (refilled) connection.data(5.4, 1, 1, hole)
  if (again) for (let unit = hole + 1000, i = 1; unit < behind; unit += 1000, i++) connection.data(5.4 + i / 1000, 1, 1, unit)
  for (let i = 0; i < (soon ? 1 : 32); i++) fresh(5.43 + i / 50, 1)
  const back = soon ? 5.45 : 6.1
  if (late) connection.data(back - 0.01, 1, 0, hole)
  for (let i = 0; i < 200; i++) fresh(back + i / 50, 0)
  connection.stage.finish()
  return connection.stage.analyzer.rehomings()
}

test.each<Play>([
  { name: 'nothing lost is sent again', refilled: false, again: false, late: false, trigger: { class: 'policy' } },
  { name: 'the repair alone', refilled: true, again: false, late: false, trigger: { class: 'policy' } },
  { name: 'the repair sends again what had come behind the hole', refilled: true, again: true, late: false, trigger: { class: 'policy' } },
  { name: "the first subflow's own copy comes after the repair", refilled: true, again: false, late: true, trigger: { class: 'policy' } },
  { name: 'both', refilled: true, again: true, late: true, trigger: { class: 'policy' } },
  { name: 'at once, sent again', refilled: true, again: true, late: false, soon: true, trigger: { class: 'policy' } },
  { name: 'at once, both', refilled: true, again: true, late: true, soon: true, trigger: { class: 'policy' } },
])('$name: the way back is $trigger.class', (play) => {
  const [away, back] = download(play)
  expect(away).toMatchObject({ to: { initiator: Connection.H[1] } })
  expect(back).toMatchObject({ to: { initiator: Connection.H[0] }, trigger: play.trigger })
})

test('data that had come and is sent again a second later, no hole behind it: its timer ran out', () => {
  const connection = new Connection().open()
  connection.join(0.1, 1)
  for (let i = 0; i < 100; i++) connection.data(1 + i / 50, 1, 0, 1000 + i * 1000)
  for (let i = 90; i < 100; i++) connection.data(4 + i / 1000, 1, 1, 1000 + i * 1000)
  for (let i = 100; i < 300; i++) connection.data(2.2 + i / 50, 1, 1, 1000 + i * 1000)
  connection.stage.finish()
  expect(connection.stage.analyzer.rehomings()).toMatchObject([{ trigger: { class: 'transport' } }])
})
