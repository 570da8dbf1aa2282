/** A move whose test was opened by a single unit on the new pair, and opened anew with the next one: what explains it is what was known by then. */
import { expect, test } from 'vitest'
import { Connection } from './stage.ts'

/** A download on subflow 0; at 3 s a packet is lost there, all that follows comes over subflow 1, and 220 ms later what was lost. */
function download(strays: number[]): Connection {
  const connection = new Connection().open().join(0.1, 1)
  let dsn = 1000
  const unit = (seconds: number, path: number): void => {
    connection.data(seconds, 1, path, dsn).ack(seconds + 0.001, 0, path, dsn + 1000)
    dsn += 1000
  }
  for (let i = 0; i < 100; i++) unit(1 + i / 50, strays.includes(i) ? 1 : 0)
  const lost = dsn
  dsn += 1000
  for (let i = 0; i < 11; i++) unit(3.02 + i / 50, 1)
  connection.data(3.235, 1, 1, lost)
  for (let i = 0; i < 200; i++) unit(3.24 + i / 50, 1)
  connection.stage.finish()
  return connection
}

test.each([{ strays: [] }, { strays: [85] }, { strays: [85, 92] }])('units $strays came over the other subflow before', ({ strays }) => {
  const [move, ...more] = download(strays).stage.analyzer.rehomings()
  expect(move).toMatchObject({ to: { initiator: Connection.H[1] }, trigger: { class: 'transport', score: 55 } })
  expect(more).toEqual([])
})
