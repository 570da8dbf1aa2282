/** The application menu: few commands, the platform's own roles for the rest. */
import type { MenuItemConstructorOptions } from 'electron'

export interface MenuCommands {
  open(): void | Promise<void>
  /** a command that the page carries out: 'help', 'theme', 'export', 'save', 'capture' */
  page(command: string): void
}

export function menuTemplate(platform: string, commands: MenuCommands): MenuItemConstructorOptions[] {
  const mac: MenuItemConstructorOptions[] = platform === 'darwin' ? [{ role: 'appMenu' }] : []
  return [
    ...mac,
    {
      label: '&File',
      submenu: [
        { label: '&Open capture…', accelerator: 'CmdOrCtrl+O', click: () => void commands.open() },
        { label: '&Capture live…', accelerator: 'CmdOrCtrl+K', click: () => commands.page('capture') },
        { label: '&Save packets…', accelerator: 'CmdOrCtrl+S', click: () => commands.page('save') },
        { label: '&Export session…', accelerator: 'CmdOrCtrl+E', click: () => commands.page('export') },
        { type: 'separator' },
        platform === 'darwin' ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { label: 'Light or &dark', click: () => commands.page('theme') },
        { type: 'separator' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'resetZoom' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' },
      ],
    },
    { role: 'windowMenu' },
    { label: '&Help', submenu: [{ label: '&Keys', accelerator: 'F1', click: () => commands.page('help') }] },
  ]
}
