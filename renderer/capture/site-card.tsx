/**
 * The site as Rehome knows it: the exits of the captured host with their prefixes (from where, valid how long), routers, and what their providers
 * filter. A person may say what is right; the capture is then judged again. The model is saved and loaded as `site.json`, the form of
 * `rehome site FILE --json`.
 */
import { useEffect, useRef } from 'react'
import type { SiteInterface } from '../../shared/report.ts'
import type { FilterMode, SiteFile } from '../../shared/site.ts'
import { useCapture } from '../state/capture-store.ts'
import { askForSite, changeDraft, edit, faultOf, giveUp, judge, keptSite, type SiteDraft, siteOf, useSite } from '../state/site-store.ts'
import { Frames } from '../text/badges.tsx'
import { moment, NONE, plural } from '../text/format.ts'
import { visible } from '../text/visible.ts'

type Prefix = SiteInterface['prefixes'][number]

/** exits of the site, prefixes and routers of one */
const MOST_EXITS = 100
const MOST_PREFIXES = 50
const MOST_ROUTERS = 8

const SOURCES: Record<Prefix['source'], string> = {
  ra: 'router advertisement',
  'dhcpv6-pd': 'delegated by DHCPv6',
  interface: 'address of the interface',
  bgp: 'BGP',
  user: 'given by you',
  learned: 'learned from traffic',
}

const MODES: Record<FilterMode, string> = {
  unknown: 'not known',
  none: 'filters nothing',
  acl: 'access list',
  strict: 'strict reverse path',
  feasible: 'feasible paths',
  loose: 'loose reverse path',
  'strict-or-acl': 'reverse path or access list',
}

export function SiteCard() {
  const { answer, draft, judged: judgedAs } = useSite()
  const name = useCapture((state) => state.status?.name ?? '')
  const generation = useCapture((state) => state.generation)
  const judged = judgedAs === generation
  const said = useRef<HTMLParagraphElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another capture has another site
  useEffect(() => void askForSite(), [generation])
  useEffect(() => {
    if (judged && answer !== null) said.current?.focus()
  }, [judged, answer])
  if (answer === null) return null
  const kept = answer.given === null ? keptSite(name) : null
  return (
    <section className="card wide" aria-labelledby="site-heading">
      <div className="card-head">
        <h2 id="site-heading">Site</h2>
        <span className="muted">
          {plural(answer.interfaces.length, 'exit')}
          {answer.given !== null && ', partly as you say'}: which prefix belongs where decides what is a wrong source
        </span>
        <span className="grow" />
        {draft === null && <Tools interfaces={answer.interfaces} given={answer.given} />}
      </div>
      {judged && (
        <p className="site-judged ok-text" role="status" tabIndex={-1} ref={said}>
          ✓ The capture was judged again with {answer.given === null ? 'what was learned from it' : 'the site as you say it is'}.
        </p>
      )}
      {kept !== null && draft === null && (
        <p className="site-kept">
          You have said before what the site of {visible(name)} is.{' '}
          <button type="button" onClick={() => void judge(kept)}>
            Judge with it again
          </button>
        </p>
      )}
      {draft === null ? (
        <Exits interfaces={answer.interfaces} />
      ) : (
        <Editor draft={draft} interfaces={answer.interfaces} given={answer.given} />
      )}
    </section>
  )
}

function Tools({ interfaces, given }: { interfaces: readonly SiteInterface[]; given: SiteFile | null }) {
  const input = useRef<HTMLInputElement>(null)
  const { busy, problem } = useSite()
  const load = async (file: File): Promise<void> => {
    try {
      const value: unknown = JSON.parse(await file.text())
      // what is in it is checked by the engine, which says where it is wrong
      await judge((Array.isArray(value) ? { interfaces: value } : { interfaces: [], ...(value as object) }) as SiteFile)
    } catch {
      useSite.setState({
        problem: {
          code: 'unreadable',
          message: `${file.name} is not JSON`,
          hint: "It has the form that 'rehome site FILE --json' prints.",
        },
      })
    }
  }
  return (
    <>
      {problem !== null && (
        <span role="alert" className="bad-text">
          × {visible(problem.message)} {visible(problem.hint)}
        </span>
      )}
      <span className="site-tools">
        <button type="button" disabled={busy} onClick={edit}>
          Edit…
        </button>
        <button type="button" disabled={busy} onClick={() => input.current?.click()}>
          Load site.json…
        </button>
        <button type="button" onClick={() => save(interfaces, given)}>
          Save site.json
        </button>
        {given !== null && (
          <button type="button" disabled={busy} onClick={() => void judge(null)}>
            Only what was learned
          </button>
        )}
      </span>
      <input
        ref={input}
        type="file"
        className="hidden"
        aria-label="Site model file"
        tabIndex={-1}
        accept=".json,application/json"
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file) void load(file)
        }}
      />
    </>
  )
}

function save(interfaces: readonly SiteInterface[], given: SiteFile | null): void {
  const model = { interfaces, ...(given?.thresholds === undefined ? {} : { thresholds: given.thresholds }) }
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(model, null, 2)}\n`], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = 'site.json'
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

function Exits({ interfaces }: { interfaces: readonly SiteInterface[] }) {
  const origin = useCapture((state) => state.status?.zero ?? state.status?.start ?? 0)
  if (interfaces.length === 0) return <p className="muted">Nothing is known of the site.</p>
  return (
    <div className="scroll-x">
      <table className="site">
        <thead>
          <tr>
            <th scope="col">exit</th>
            <th scope="col">prefix</th>
            <th scope="col">known from</th>
            <th scope="col">valid</th>
            <th scope="col">frames</th>
            <th scope="col">routers</th>
            <th scope="col">its provider</th>
          </tr>
        </thead>
        {interfaces.slice(0, MOST_EXITS).map((one) => (
          <Exit key={one.name} one={one} origin={origin} />
        ))}
      </table>
      {interfaces.length > MOST_EXITS && <p className="muted">and {interfaces.length - MOST_EXITS} more; the report has them all.</p>}
    </div>
  )
}

function Exit({ one, origin }: { one: SiteInterface; origin: number }) {
  const rows: (Prefix | null)[] = one.prefixes.length > 0 ? one.prefixes.slice(0, MOST_PREFIXES) : [null]
  const routers = one.routers ?? []
  return (
    <tbody>
      {rows.map((prefix, at) => (
        <tr key={prefix?.prefix ?? 'none'}>
          {at === 0 && (
            <th scope="rowgroup" rowSpan={rows.length}>
              {visible(one.name)}
              {one.prefixes.length > MOST_PREFIXES && (
                <div className="muted small">and {one.prefixes.length - MOST_PREFIXES} more prefixes; the report has them all</div>
              )}
            </th>
          )}
          <td className="mono">{prefix === null ? <span className="muted">no prefix known</span> : visible(prefix.prefix)}</td>
          <td className="muted">{prefix === null ? '' : SOURCES[prefix.source]}</td>
          <td className="muted">{prefix === null ? '' : validity(prefix, origin)}</td>
          <td>{prefix !== null && <Frames frames={prefix.frames} most={2} />}</td>
          {at === 0 && (
            <>
              <td rowSpan={rows.length}>
                {routers.length === 0
                  ? NONE
                  : routers.slice(0, MOST_ROUTERS).map((router) => (
                      <span key={router.address} className="site-router mono">
                        {visible(router.address)}
                        {router.mac && <span className="muted"> {visible(router.mac)}</span>}
                        {router.notDefault === true && <span className="muted"> no default router</span>}
                      </span>
                    ))}
                {routers.length > MOST_ROUTERS && <span className="muted">and {routers.length - MOST_ROUTERS} more</span>}
              </td>
              <td rowSpan={rows.length}>{MODES[one.filterMode ?? 'unknown']}</td>
            </>
          )}
        </tr>
      ))}
    </tbody>
  )
}

/** what the exit is known to serve without anybody's word: whoever adds to it or says otherwise has to see it */
function Learned({ one }: { one: SiteInterface | undefined }) {
  const learned = one?.prefixes.filter(({ source }) => source !== 'user') ?? []
  if (learned.length === 0) return <span className="muted">nothing was learned</span>
  return (
    <span className="muted">
      learned:{' '}
      {learned.slice(0, 8).map(({ prefix }, at) => (
        <span key={prefix} className="mono">
          {at > 0 && ', '}
          {visible(prefix)}
        </span>
      ))}
      {learned.length > 8 && ` and ${learned.length - 8} more`}
    </span>
  )
}

function validity({ validUntil, preferredUntil, withdrawn }: Prefix, origin: number): string {
  if (withdrawn != null) return `withdrawn at ${moment(withdrawn - origin, 0)}`
  if (validUntil == null) return 'without end'
  const preferred = preferredUntil == null || preferredUntil >= validUntil ? '' : `, preferred to ${moment(preferredUntil - origin, 0)}`
  return `to ${moment(validUntil - origin, 0)}${preferred}`
}

function Editor({
  draft,
  interfaces,
  given,
}: {
  draft: readonly SiteDraft[]
  interfaces: readonly SiteInterface[]
  given: SiteFile | null
}) {
  const { busy, problem } = useSite()
  const faulty = draft.some((one) => faultOf(one) !== null)
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])
  return (
    <form
      className="site-form"
      aria-label="Site"
      onSubmit={(event) => {
        event.preventDefault()
        if (!faulty) void judge(siteOf(draft, given))
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        giveUp()
      }}
    >
      <p className="muted">
        Prefixes that an exit serves beside those that were learned, and how its provider treats other sources. Your word goes before what
        was learned.
      </p>
      {draft.map((one, at) => {
        const fault = faultOf(one)
        const id = `site-${at}`
        return (
          <fieldset key={one.name} className="site-line">
            <legend>
              {visible(one.name)} <Learned one={interfaces.find(({ name }) => name === one.name)} />
            </legend>
            <label htmlFor={`${id}-prefixes`}>Prefixes</label>
            <input
              id={`${id}-prefixes`}
              ref={at === 0 ? first : undefined}
              className="mono"
              value={one.prefixes}
              placeholder="none given; e.g. 2001:db8:a::/48, 192.0.2.0/24"
              spellCheck={false}
              autoComplete="off"
              aria-invalid={fault !== null}
              aria-describedby={fault === null ? undefined : `${id}-fault`}
              onChange={(event) => changeDraft(one.name, { prefixes: event.target.value })}
            />
            <label htmlFor={`${id}-mode`}>Its provider</label>
            <select
              id={`${id}-mode`}
              value={one.filterMode}
              onChange={(event) => changeDraft(one.name, { filterMode: event.target.value as FilterMode })}
            >
              {Object.entries(MODES).map(([mode, text]) => (
                <option key={mode} value={mode}>
                  {text}
                </option>
              ))}
            </select>
            {fault !== null && (
              <span id={`${id}-fault`} className="bad-text site-fault">
                × “{visible(fault)}” is no prefix such as 2001:db8:a::/48
              </span>
            )}
          </fieldset>
        )
      })}
      {problem !== null && (
        <p role="alert" className="bad-text">
          × {visible(problem.message)} {visible(problem.hint)}
        </p>
      )}
      <span className="buttons">
        <button type="submit" className="primary" disabled={busy || faulty}>
          {busy ? 'Judging…' : 'Judge the capture again'}
        </button>
        <button type="button" onClick={giveUp}>
          Cancel
        </button>
      </span>
    </form>
  )
}
