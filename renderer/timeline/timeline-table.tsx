/**
 * The timeline in words: what each path carried, each rehoming, each signal with its frame. The same slice as the picture.
 * At most 2,000 signals, as the contract thins them; the browser skips laying out what is off screen.
 */
import { kindWords } from '../../shared/label-words.ts'
import { goToFrame } from '../state/packet-store.ts'
import { chooseRehoming } from '../state/session-store.ts'
import { bytes, milliseconds, moment, NONE } from '../text/format.ts'
import { visible } from '../text/visible.ts'
import { pathLetter } from './palette.ts'
import type { Slice } from './slice.ts'

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

export function TimelineTable({ slice }: { slice: Slice }) {
  const letter = (lane: number) => {
    const path = slice.paths[lane]
    return path === undefined ? NONE : pathLetter(path)
  }
  return (
    <div className="timeline-table">
      <table>
        <caption>Paths</caption>
        <thead>
          <tr>
            <th scope="col">path</th>
            <th scope="col">interface</th>
            <th scope="col">locators</th>
            <th scope="col" className="right">
              to responder
            </th>
            <th scope="col" className="right">
              to initiator
            </th>
            <th scope="col" className="right">
              resent
            </th>
            <th scope="col">link down</th>
          </tr>
        </thead>
        <tbody>
          {slice.lanes.map((lane, at) => (
            <tr key={`${lane.interface}|${lane.initiator}|${lane.responder}`}>
              <th scope="row">{letter(at)}</th>
              <td>{visible(lane.interface ?? NONE)}</td>
              <td className="mono">
                {visible(lane.initiator)} ⇄ {visible(lane.responder)}
              </td>
              <td className="right">{bytes(sum(lane.toResponder))}</td>
              <td className="right">{bytes(sum(lane.toInitiator))}</td>
              <td className="right">{bytes(sum(lane.retransmitted))}</td>
              <td>{lane.linkDown.map(([from, to]) => `${moment(from)} to ${moment(to)}`).join(', ') || '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {slice.moves.length > 0 && (
        <table>
          <caption>Rehomings</caption>
          <thead>
            <tr>
              <th scope="col">time</th>
              <th scope="col">move</th>
              <th scope="col">paths</th>
              <th scope="col">trigger</th>
              <th scope="col" className="right">
                outage
              </th>
            </tr>
          </thead>
          <tbody>
            {slice.moves.map((move) => (
              <tr key={move.id}>
                <td className="number">{moment(move.time, 6)}</td>
                <td>
                  <button type="button" className="link" onClick={() => chooseRehoming(move.id)}>
                    {move.label}
                  </button>
                </td>
                <td>
                  {letter(move.fromLane)} → {letter(move.toLane)}
                </td>
                <td>{move.trigger || 'unknown'}</td>
                <td className="right">{milliseconds(move.outageMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {slice.marks.length > 0 && (
        <table>
          <caption>Signals</caption>
          <thead>
            <tr>
              <th scope="col">time</th>
              <th scope="col">path</th>
              <th scope="col">kind</th>
              <th scope="col">signal</th>
              <th scope="col">frame</th>
            </tr>
          </thead>
          <tbody>
            {slice.marks.map((mark, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two signals may be equal in all they say
              <tr key={at}>
                <td className="number">{moment(mark.time, 6)}</td>
                <td>{letter(mark.lane)}</td>
                <td>{kindWords(mark.kind)}</td>
                <td>
                  {mark.label}
                  {mark.detail && mark.detail !== mark.label ? `: ${mark.detail}` : ''}
                </td>
                <td>
                  {mark.frame === null ? (
                    '–'
                  ) : (
                    <button type="button" className="link" onClick={() => void goToFrame(mark.frame!)}>
                      #{mark.frame}
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}
