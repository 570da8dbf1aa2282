/**
 * The live capture as this window knows it: how it goes, what it told, its rates; and what the picker shows: sources and interfaces.
 * Keeps at most 500 events and 500 points. A window that comes back asks for what it missed.
 */
import { create } from 'zustand'
import type { ContractError, Parameters_ } from '../../shared/contract.ts'
import { addPoint, type LiveDevice, type LiveFeedEntry, type LivePoint, type LiveSource, type LiveStatus } from '../../shared/live.ts'
import { createNotifier, type Notifier } from '../live/notify.ts'
import { ask, client } from './engine.ts'
import { change, useView } from './view-store.ts'

export const KEPT_EVENTS = 500
/** seconds of rates that a sparkline of the picker shows */
export const SPARK = 30

/** An interface of the picker with what was seen of its rate. */
export interface PickedDevice extends LiveDevice {
  /** bytes a second, the newest last */
  rates: number[]
  packetRate: number | null
}

export interface LiveState {
  status: LiveStatus | null
  events: LiveFeedEntry[]
  points: LivePoint[]
  sources: LiveSource[] | null
  elevate: boolean
  devices: PickedDevice[] | null
  /** what went wrong with the last thing asked for */
  problem: ContractError | null
  saving: boolean
}

export const useLive = create<LiveState>(() => ({
  status: null,
  events: [],
  points: [],
  sources: null,
  elevate: false,
  devices: null,
  problem: null,
  saving: false,
}))

export const isLive = (status: LiveStatus | null): boolean =>
  status !== null && (status.state === 'running' || status.state === 'stopping' || status.state === 'starting')

function receiveStatus(status: LiveStatus): void {
  const before = useLive.getState().status
  if (status.state === 'starting' && before?.state !== 'starting') useLive.setState({ events: [], points: [] })
  useLive.setState({ status })
  if (status.state === 'running' && before?.state !== 'running') change({ picking: false })
}

let notifier: Notifier | null = null

function receiveEvent(entry: LiveFeedEntry): void {
  const { events } = useLive.getState()
  if ((events.at(-1)?.number ?? 0) >= entry.number) return
  useLive.setState({ events: [...events.slice(-(KEPT_EVENTS - 1)), entry] })
  if (useView.getState().notify) notifier?.take(entry)
}

/** Connects the store with the host; returns what undoes it. */
export function startLive(): () => void {
  const host = client()
  notifier = createNotifier()
  const refresh = async () => {
    const [status, feed, rates] = await Promise.all([
      ask('liveStatus', {}),
      ask('liveFeed', { after: 0, limit: KEPT_EVENTS }),
      ask('liveRates', {}),
    ])
    if (status.ok) receiveStatus(status.value)
    if (feed.ok) useLive.setState({ events: feed.value.events })
    if (rates.ok) useLive.setState({ points: rates.value.points })
  }
  const follow = () => {
    if (host.connection.state() === 'open') void refresh()
  }
  const undo = [
    host.on('live', receiveStatus),
    host.on('liveEvent', receiveEvent),
    host.on('livePoint', (point) => useLive.setState((state) => ({ points: addPoint(state.points, point) }))),
    host.connection.subscribe(follow),
  ]
  follow()
  return () => {
    notifier?.close()
    for (const stop of undo) stop()
  }
}

// -------------------------------------------------------------------- picker

export async function loadSources(): Promise<void> {
  const answer = await ask('liveSources', {})
  if (answer.ok) useLive.setState({ sources: answer.value.sources, elevate: answer.value.elevate })
  else useLive.setState({ problem: answer.error })
}

let lookedAt: { t: number; totals: Map<string, { packets: number; bytes: number }> } | null = null

/** Looks at the interfaces once; rates come with the second look. */
export async function lookAtDevices(): Promise<void> {
  const answer = await ask('liveInterfaces', {})
  if (!answer.ok) {
    useLive.setState({ problem: answer.error, devices: useLive.getState().devices ?? [] })
    return
  }
  const { t, interfaces } = answer.value
  const before = lookedAt
  const known = new Map(useLive.getState().devices?.map((device) => [device.name, device]))
  const seconds = before === null ? 0 : t - before.t
  const devices = interfaces.map((device): PickedDevice => {
    const rates = known.get(device.name)?.rates ?? []
    const was = before?.totals.get(device.name)
    if (device.packets === null || device.bytes === null) return { ...device, rates, packetRate: null }
    if (was === undefined || seconds < 0.2 || seconds > 10 || device.bytes < was.bytes) return { ...device, rates, packetRate: null }
    return {
      ...device,
      rates: [...rates, (device.bytes - was.bytes) / seconds].slice(-SPARK),
      packetRate: Math.max(0, (device.packets - was.packets) / seconds),
    }
  })
  const totals = new Map(interfaces.map(({ name, packets, bytes }) => [name, { packets: packets ?? 0, bytes: bytes ?? 0 }]))
  lookedAt = { t, totals }
  useLive.setState({ devices })
}

// -------------------------------------------------------------------- orders

async function order(
  call: 'liveStart' | 'liveStop' | 'liveRestart' | 'liveSave' | 'liveForget',
  parameters: unknown,
): Promise<ContractError | null> {
  useLive.setState({ problem: null })
  const answer = await ask(call, parameters as never)
  if (answer.ok) {
    receiveStatus(answer.value as LiveStatus)
    return null
  }
  useLive.setState({ problem: answer.error })
  return answer.error
}

export const startCapturing = (options: Parameters_<'liveStart'>) => order('liveStart', options)
export const stopCapturing = () => order('liveStop', {})
export const restartCapturing = () => order('liveRestart', {})
export const forgetCapture = (file: string) => order('liveForget', { file })

/** Asks where to, by the host's dialog or ours. */
export async function saveCapture(): Promise<void> {
  const { saveDialog } = client()
  if (saveDialog === undefined) {
    useLive.setState({ saving: true })
    return
  }
  const path = await saveDialog(savedName(useLive.getState().status))
  if (path !== null) await saveTo(path)
}

export async function saveTo(path: string): Promise<boolean> {
  const error = await order('liveSave', { path })
  if (error === null) useLive.setState({ saving: false })
  return error === null
}

export function savedName(status: LiveStatus | null): string {
  return status?.files[0]?.split(/[\\/]/).at(-1) ?? 'capture.pcapng'
}

export function dismissLiveProblem(): void {
  useLive.setState({ problem: null })
}
