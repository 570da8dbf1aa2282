/**
 * The questions of RFC 4177 section 7 for a session: what was seen, what its specification says where nothing was seen, and on which frames.
 * Folded away at first: it is for those who judge the protocol, not the outage.
 */
import { useState } from 'react'
import { QUESTION_GROUPS, QUESTIONS } from '../../shared/questionnaire.ts'
import type { QuestionnaireAnswer, SessionReport } from '../../shared/report.ts'
import { Frames } from '../text/badges.tsx'
import { visible } from '../text/visible.ts'

export function QuestionnaireCard({ session }: { session: SessionReport }) {
  const [open, setOpen] = useState(false)
  const answers = session.questionnaire
  if (answers === undefined) return null
  const observed = Object.values(answers).filter(isObserved).length
  return (
    <section className="card wide" aria-labelledby="questions-heading">
      <div className="card-head">
        <h2 id="questions-heading">How this session is multihomed</h2>
        <span className="muted">
          the questions of RFC 4177: {observed} of {Object.keys(answers).length} answered from this capture
        </span>
        <span className="grow" />
        <button type="button" aria-expanded={open} aria-controls="questions" onClick={() => setOpen(!open)}>
          {open ? 'Fold' : 'Show answers'}
        </button>
      </div>
      {open && (
        <div id="questions" className="scroll-x">
          <table className="questions">
            <thead>
              <tr>
                <th scope="col">question</th>
                <th scope="col">answer</th>
                <th scope="col">from</th>
                <th scope="col">frames</th>
              </tr>
            </thead>
            {Object.entries(QUESTION_GROUPS).map(([group, title]) => (
              <tbody key={group}>
                <tr>
                  <th scope="rowgroup" colSpan={4} className="question-group">
                    {group} {title}
                  </th>
                </tr>
                {Object.entries(answers)
                  .filter(([number]) => number.startsWith(`${group}.`))
                  .map(([number, answer]) => (
                    <Answer key={number} number={number} answer={answer} />
                  ))}
              </tbody>
            ))}
          </table>
        </div>
      )}
    </section>
  )
}

function isObserved(answer: QuestionnaireAnswer): boolean {
  return answer.source === 'observed' && answer.confidence > 0
}

function Answer({ number, answer }: { number: string; answer: QuestionnaireAnswer }) {
  const seen = isObserved(answer)
  return (
    <tr>
      <th scope="row" className="question">
        <span className="muted number">{number}</span> {QUESTIONS[number] ?? number}
      </th>
      <td className={seen ? undefined : 'muted'}>{visible(answer.value)}</td>
      <td className="muted">
        {answer.source === 'protocol-default'
          ? visible(answer.reference ?? 'the specification')
          : seen
            ? `seen, ${answer.confidence} % sure`
            : ''}
      </td>
      <td>
        <Frames frames={answer.frames} most={2} />
      </td>
    </tr>
  )
}
