/**
 * The real screens on a client in memory. The address chooses the start: `?start=empty`, `?packets=N`, `?delay=ms`, `?warn`.
 */
import { mount } from '../../../renderer/mount.tsx'
import { memoryClient } from '../memory-client.ts'

const wish = new URLSearchParams(location.search)
const number = (name: string, otherwise: number) => Number(wish.get(name) ?? otherwise)

const client = memoryClient({
  packets: number('packets', 5_000_000),
  delay: number('delay', 3),
  opening: number('opening', 600),
  start: wish.get('start') === 'empty' ? 'empty' : 'ready',
  barred: wish.has('barred'),
  left: number('left', 0),
  warnings: wish.has('warn')
    ? [
        'The file is cut: 312 bytes of packet 5,000,000 are missing at byte 4,149,999,688. Everything before was read.',
        'Interface 1 reports 14 drops.',
      ]
    : [],
})
Object.assign(window, { memoryClient: client })
mount(document.getElementById('root')!, client)
