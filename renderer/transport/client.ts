/**
 * What the screens need from a transport: the engine's contract, plus whether it can be reached and what the host offers.
 * Three clients fit: Electron's bridge, the WebSocket of the browser host, and one in memory for tests.
 * Nothing else in the room knows which one is behind it.
 */
import type { EngineClient } from '../../shared/contract.ts'

export type ConnectionState = 'connecting' | 'open' | 'lost'

export interface Connection {
  state(): ConnectionState
  subscribe(listener: () => void): () => void
}

export interface ScreenClient extends EngineClient {
  platform: string
  connection: Connection
  /** shows the system's file dialog; null when the person changed their mind */
  openDialog?: () => Promise<string | null>
  /** asks where to save a file of this name; null when the person changed their mind */
  saveDialog?: (name: string) => Promise<string | null>
  /** path of a dropped file, where the host can tell */
  pathForFile?: (file: File) => string
}

/** A transport that cannot lose its engine. */
export const alwaysOpen: Connection = { state: () => 'open', subscribe: () => () => {} }
