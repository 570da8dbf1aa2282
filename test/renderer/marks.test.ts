/** Marked packets over a client in memory: marking one and several, stepping from one to the next, filtering and saving them, and what is copied. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { copySelectedFilter, copySelectedLines } from '../../renderer/packets/copy.ts'
import { copied } from '../../renderer/packets/packet-tree.tsx'
import { openPath, startCapture, useCapture } from '../../renderer/state/capture-store.ts'
import { ask, setClient } from '../../renderer/state/engine.ts'
import {
  framesText,
  MOST_MARKS,
  markFilter,
  markSelected,
  resetMarks,
  stepMark,
  toggleMarks,
  useMarks,
} from '../../renderer/state/mark-store.ts'
import { applyFilter, goToFrame, resetPackets, rowPages, selectIndex, usePackets } from '../../renderer/state/packet-store.ts'
import { parametersOf } from '../../renderer/state/save-store.ts'
import { resetSession } from '../../renderer/state/session-store.ts'
import type { TreeNode } from '../../shared/contract.ts'
import { memoryClient } from './memory-client.ts'

const marked = () => [...useMarks.getState().marked].sort((one, other) => one - other)
const clipboard: string[] = []
let stop: () => void

beforeEach(async () => {
  clipboard.length = 0
  vi.stubGlobal('navigator', { clipboard: { writeText: (text: string) => clipboard.push(text) } })
  vi.stubGlobal('getSelection', () => ({ isCollapsed: true }))
  setClient(memoryClient({ packets: 5000, delay: 0 }))
  stop = startCapture()
  await vi.waitFor(() => expect(useCapture.getState().status?.packets).toBe(5000))
  rowPages.drop(5000)
})
afterEach(() => {
  stop()
  vi.unstubAllGlobals()
  resetPackets()
  resetSession()
  resetMarks()
})

/** a frame that is not in the list of a filter */
async function hiddenBy(filter: string): Promise<number> {
  const answer = await ask('rows', { filter, from: 0, count: 500 })
  const listed = new Set(answer.ok ? answer.value.rows.map((row) => row.frame) : [])
  for (let frame = 1; ; frame++) if (!listed.has(frame)) return frame
}

describe('marks', () => {
  it('one packet is marked and unmarked; several are all marked before they are all unmarked', async () => {
    await selectIndex(4)
    await markSelected()
    expect(marked()).toEqual([5])
    await selectIndex(2)
    await selectIndex(6, true)
    await markSelected()
    expect(marked()).toEqual([3, 4, 5, 6, 7])
    await markSelected()
    expect(marked()).toEqual([])
  })

  it('without a choice nothing is marked', async () => {
    await markSelected()
    expect(marked()).toEqual([])
  })

  it('steps go round at the ends, either way', async () => {
    toggleMarks([10, 20, 30])
    const walk: (number | null)[] = []
    for (const step of [1, 1, 1, 1, -1, -1] as const) {
      await stepMark(step)
      walk.push(usePackets.getState().frame)
    }
    expect(walk).toEqual([10, 20, 30, 10, 30, 20])
    await goToFrame(25)
    await stepMark(-1)
    expect(usePackets.getState().frame).toBe(20)
  })

  it('steps stay in the filtered list, and say when it hides all of them', async () => {
    await applyFilter('mh.session == "s1"')
    await selectIndex(3)
    const frame = usePackets.getState().frame as number
    const { filterId } = usePackets.getState()
    toggleMarks([frame])
    await selectIndex(0)
    await stepMark(1)
    expect(usePackets.getState()).toMatchObject({ frame, filterId, selected: 3 })
    resetMarks()
    toggleMarks([await hiddenBy(filterId as string)])
    await stepMark(1)
    expect(usePackets.getState()).toMatchObject({ frame, filterId, notice: 'The filter hides all marked packets.' })
    await goToFrame(frame)
    resetMarks()
    await stepMark(1)
    expect(usePackets.getState().notice).toBe('No packet is marked; Ctrl+M marks one.')
  })

  it('more than a filter can name are not marked, and that is said', () => {
    toggleMarks(Array.from({ length: MOST_MARKS + 5 }, (_, at) => 2 * at + 1))
    expect(useMarks.getState().marked.size).toBe(MOST_MARKS)
    expect(usePackets.getState().notice).toBe(`At most ${MOST_MARKS} packets can be marked.`)
    // as long as they can become, they still fit a call
    expect(markFilter([...useMarks.getState().marked].map((frame) => frame + 10_000_000)).length).toBeLessThan(10_000)
    expect(framesText([...useMarks.getState().marked].map((frame) => frame + 9_000_000)).length).toBeLessThan(10_000)
  })

  it('frames in a row are said as a stretch', () => {
    expect(framesText([9, 3, 7, 8])).toBe('3, 7-9')
    expect(markFilter([9, 3, 7, 8])).toBe('frame.number in {3, 7 .. 9}')
  })

  it('are saved by their frames', () => {
    toggleMarks([3, 7, 8])
    const wish = { which: 'marked', frames: '', format: 'pcapng', remarks: false, secrets: false } as const
    expect(parametersOf(wish)).toMatchObject({ frames: '3, 7-8', filter: null })
  })

  it('go with the capture', async () => {
    toggleMarks([3])
    await openPath('/var/tmp/other.pcapng')
    expect(marked()).toEqual([])
  })
})

describe('copies', () => {
  it('of lines and of a filter that finds them', async () => {
    await selectIndex(4)
    await copySelectedLines()
    await copySelectedFilter()
    await selectIndex(6, true)
    await copySelectedLines()
    await copySelectedFilter()
    expect(clipboard[0]).toMatch(/^5\t[\d.]+\t/)
    expect(clipboard[1]).toBe('frame.number == 5')
    expect(clipboard[2]?.split('\n').map((line) => line.split('\t')[0])).toEqual(['5', '6', '7'])
    expect(clipboard[3]).toBe('frame.number in {5 .. 7}')
    expect(usePackets.getState().notice).toBe('3 lines copied.')
  })

  it("of a field: its text, value, name and filter, by Wireshark's keys", () => {
    const node: TreeNode = { ...NODE, name: 'ipv6.hlim', label: 'Hop limit: 64', filter: 'ipv6.hlim == 64' }
    const of = (key: string, shiftKey = true) => copied({ key, shiftKey }, node)
    expect([of('c', false), of('D'), of('F'), of('V'), of('C')]).toEqual([
      'Hop limit: 64',
      'Hop limit: 64',
      'ipv6.hlim',
      '64',
      'ipv6.hlim == 64',
    ])
    expect([of('v', false), of('X')]).toEqual([null, null])
    expect(copied({ key: 'C', shiftKey: true }, { ...node, filter: '' })).toBe(null)
  })
})

const NODE: TreeNode = { name: '', label: '', filter: '', offset: 0, length: 1, source: 0, generated: false, children: [] }
