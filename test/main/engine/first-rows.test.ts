/** Rows can be asked for after the first packets, not after the first chunk; in the end all of them are there, as in one go. */
import { expect, it } from 'vitest'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { shared } from '../../shared-material.ts'

it.each(['sctp-failover', 'mptcp-failover'])('%s', async (name) => {
  const path = shared('testbed', 'recorded', `${name}.pcapng`)
  let atBegin = -1
  let turns = 0
  let opened = false
  const counting = (): void => {
    if (opened) return
    turns++
    setImmediate(counting)
  }
  const capture = await openCapture([path], {
    onBegin: ({ index }) => {
      atBegin = index.rows
      counting()
    },
  })
  opened = true
  try {
    expect(atBegin).toBeGreaterThan(0)
    expect(atBegin).toBeLessThanOrEqual(48)
    const { rows } = capture.index
    expect(rows).toBe(capture.files[0]?.facts.packets)
    expect(rows).toBeGreaterThan(500)
    // others get through between spans of at most 128 packets
    expect(turns).toBeGreaterThanOrEqual(Math.floor(Math.min(rows, 4096) / 128))
    for (let row = 1; row < rows; row++) expect(capture.index.fileOffset(row)).toBeGreaterThan(capture.index.fileOffset(row - 1))
  } finally {
    closeCapture(capture)
  }
})
