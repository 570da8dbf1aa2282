/**
 * What the host's menu may ask of the page, by name. A test holds it against the menu: a command that nobody carries out is a dead entry.
 */
import { useCapture } from '../state/capture-store.ts'
import { change, useView } from '../state/view-store.ts'

/** where there are packets, they can be saved */
export function openSaving(): void {
  const { picking, opening, help } = useView.getState()
  if ((useCapture.getState().status?.packets ?? 0) > 0 && !picking && !opening && !help) change({ saving: true })
}

export const commands: Readonly<Record<string, () => void>> = {
  capture: () => change({ picking: true }),
  help: () => change({ help: true }),
  save: openSaving,
  export: () => document.getElementById('export-session')?.click(),
  theme() {
    const { theme } = useView.getState()
    const dark = theme === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark'
    change({ theme: dark ? 'light' : 'dark' })
  },
}
