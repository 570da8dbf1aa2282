/**
 * Electron's bridge: the preload puts `window.rehome` there, this gives it the shape of a ScreenClient.
 * It refuses nothing itself: the main process checks every call with the contract's schemas.
 * Costs one promise a call.
 */
import type { EngineClient } from '../../shared/contract.ts'
import { alwaysOpen, type ScreenClient } from './client.ts'

export interface RehomeBridge extends EngineClient {
  platform?: string
  openDialog?: () => Promise<string | null>
  saveDialog?: (name: string) => Promise<string | null>
  onCommand?: (listener: (command: string) => void) => () => void
  pathForFile?: (file: File) => string
}

declare global {
  interface Window {
    rehome?: RehomeBridge
  }
}

export function bridgeClient(bridge: RehomeBridge): ScreenClient {
  return {
    platform: bridge.platform ?? 'unknown',
    connection: alwaysOpen,
    send: (call, parameters) => bridge.send(call, parameters),
    on: (event, listener) => bridge.on(event, listener) ?? (() => {}),
    ...(bridge.openDialog ? { openDialog: () => bridge.openDialog!() } : {}),
    ...(bridge.saveDialog ? { saveDialog: (name: string) => bridge.saveDialog!(name) } : {}),
    ...(bridge.pathForFile ? { pathForFile: (file: File) => bridge.pathForFile!(file) } : {}),
  }
}
