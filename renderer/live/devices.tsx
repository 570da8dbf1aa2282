/**
 * The interfaces to choose from: what each is called and leads to, its state, and what runs over it now. Interfaces that are down come last,
 * folded away while there are others. Arrows move between the boxes.
 */
import { useState } from 'react'
import type { PickedDevice } from '../state/live-store.ts'
import { count, plural, rate } from '../text/format.ts'
import { visible } from '../text/visible.ts'
import { Sparkline } from './sparkline.tsx'

const STATES: Record<PickedDevice['state'], { sign: string; tone: string }> = {
  up: { sign: '●', tone: 'ok' },
  'no carrier': { sign: '○', tone: 'bad' },
  down: { sign: '○', tone: 'plain' },
  unknown: { sign: '?', tone: 'plain' },
}

const isIdle = (device: PickedDevice) => device.state === 'down' && device.addresses.length === 0

function arrows(event: React.KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0) return
  const boxes = [...event.currentTarget.querySelectorAll<HTMLInputElement>('input[type=checkbox]')]
  const at = boxes.indexOf(document.activeElement as HTMLInputElement)
  if (at < 0) return
  event.preventDefault()
  boxes[Math.min(boxes.length - 1, Math.max(0, at + step))]?.focus()
}

export function Devices(props: { devices: PickedDevice[]; chosen: ReadonlySet<string>; onToggle(name: string): void }) {
  const { devices, chosen, onToggle } = props
  const [all, setAll] = useState(false)
  const idle = devices.filter((device) => isIdle(device) && !chosen.has(device.name))
  const fold = !all && idle.length > 0 && idle.length < devices.length
  const shown = fold ? devices.filter((device) => !idle.includes(device)) : devices
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows are a convenience beside Tab */}
      <div className="scroll-x" onKeyDown={arrows}>
        <table className="devices">
          <thead>
            <tr>
              <th scope="col">
                <span className="hidden">chosen</span>
              </th>
              <th scope="col">interface</th>
              <th scope="col">link</th>
              <th scope="col">addresses and what it leads to</th>
              <th scope="col" className="right">
                traffic now
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((device) => (
              <Device key={device.name} device={device} chosen={chosen.has(device.name)} onToggle={() => onToggle(device.name)} />
            ))}
          </tbody>
        </table>
      </div>
      {idle.length > 0 && idle.length < devices.length && (
        <button type="button" className="quiet fold" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Hide those that are down' : `Show ${idle.length} more that ${idle.length === 1 ? 'is' : 'are'} down`}
        </button>
      )}
    </>
  )
}

function Device({ device, chosen, onToggle }: { device: PickedDevice; chosen: boolean; onToggle(): void }) {
  const { name, description, state, addresses, prefixes, hardware, mac, loopback, rates, packetRate } = device
  const { sign, tone } = STATES[state]
  const id = `device-${name}`
  const own = addresses.filter((address) => !address.startsWith('fe80:'))
  const listed = own.length > 0 ? own : addresses
  const facts = [description, loopback ? 'loopback' : null, hardware, mac].filter(Boolean).join(' · ')
  const leads = prefixes.includes('default')
  return (
    <tr
      className={chosen ? 'device chosen' : 'device'}
      onClick={(event) => {
        if (!(event.target instanceof HTMLInputElement) && !(event.target instanceof HTMLLabelElement)) onToggle()
      }}
    >
      <td className="device-box">
        <input className="tick" type="checkbox" id={id} checked={chosen} onChange={onToggle} />
      </td>
      <th scope="row">
        <label className="device-name" htmlFor={id}>
          {visible(name)}
        </label>
        {facts !== '' && <span className="muted small device-facts">{visible(facts)}</span>}
      </th>
      <td>
        <span className={`chip ${tone}`}>
          <i aria-hidden="true">{sign}</i>
          {state}
        </span>
      </td>
      <td className="device-addresses">
        {listed.length === 0 && <span className="muted">no address</span>}
        {listed.slice(0, 3).map((address) => (
          <span key={address} className="mono device-line">
            {visible(address)}
          </span>
        ))}
        {listed.length > 3 && <span className="muted small device-leads">and {listed.length - 3} more</span>}
        {prefixes.length > 0 && (
          <span className="muted small device-leads">
            {leads && <b className="leads">default route</b>}
            {leads && prefixes.length > 1 && ' · '}
            {prefixes
              .filter((prefix) => prefix !== 'default')
              .slice(0, 3)
              .map(visible)
              .join(', ')}
            {prefixes.length > 4 && `, ${prefixes.length - 4} more`}
          </span>
        )}
      </td>
      <td className="device-rate">
        <Sparkline values={rates} />
        <span className="number muted small device-now">
          {rates.length === 0
            ? 'looking…'
            : `${rate(rates.at(-1) ?? 0)} · ${packetRate === null ? '–' : plural(Math.round(packetRate), 'packet')}/s`}
        </span>
        {device.packets !== null && <span className="hidden">{count(device.packets)} packets so far</span>}
      </td>
    </tr>
  )
}
