/**
 * The sandboxed preload: hands the page the contract and nothing else. No Node object crosses the bridge.
 * Built as CommonJS, the only kind a sandboxed preload may be.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron'

contextBridge.exposeInMainWorld('rehome', {
  platform: process.platform,
  send: (call: string, parameters: unknown): Promise<unknown> => ipcRenderer.invoke('rehome:call', call, parameters),
  on(event: string, listener: (value: unknown) => void): () => void {
    const wrapped = (_: unknown, name: string, value: unknown): void => {
      if (name === event) listener(value)
    }
    ipcRenderer.on('rehome:event', wrapped)
    return () => void ipcRenderer.removeListener('rehome:event', wrapped)
  },
  onCommand(listener: (command: string) => void): () => void {
    const wrapped = (_: unknown, command: string): void => listener(command)
    ipcRenderer.on('rehome:command', wrapped)
    return () => void ipcRenderer.removeListener('rehome:command', wrapped)
  },
  openDialog: (): Promise<string | null> => ipcRenderer.invoke('rehome:open-dialog'),
  saveDialog: (name: string): Promise<string | null> => ipcRenderer.invoke('rehome:save-dialog', name),
  pathForFile: (file: File): string => webUtils.getPathForFile(file),
})
