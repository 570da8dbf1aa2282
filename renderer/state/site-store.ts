/**
 * What a person says of the site of the capture that is open: asked of the engine, edited as text, sent back to be judged with. Remembered by the
 * browser by the capture's name, offered when it is opened again and never used unasked: another capture's interfaces may have the same names.
 * At most 20 captures, the oldest go.
 */
import { create } from 'zustand'
import type { Answers, ContractError } from '../../shared/contract.ts'
import { isPrefix } from '../../shared/prefix.ts'
import type { FilterMode, SiteFile } from '../../shared/site.ts'
import { judgeWith, useCapture } from './capture-store.ts'
import { ask } from './engine.ts'

const KEY = 'rehome.sites'
const MOST = 20

/** One interface while it is edited. */
export interface SiteDraft {
  name: string
  /** separated by commas or blanks */
  prefixes: string
  filterMode: FilterMode
}

export interface SiteState {
  answer: Answers['site'] | null
  draft: SiteDraft[] | null
  /** the generation of the capture that the draft is about */
  drafted: number | null
  problem: ContractError | null
  busy: boolean
  /** the generation of the capture that was made by judging again: the card says so */
  judged: number | null
}

export const useSite = create<SiteState>(() => ({ answer: null, draft: null, drafted: null, problem: null, busy: false, judged: null }))

export async function askForSite(): Promise<void> {
  const { generation } = useCapture.getState()
  const { draft, drafted, busy } = useSite.getState()
  // what was written about another capture's interfaces is not for this one's; judging again opens it anew and keeps its own draft
  if (draft !== null && drafted !== generation) useSite.setState(busy ? { drafted: generation } : { draft: null, problem: null })
  const answer = await ask('site', {})
  if (generation === useCapture.getState().generation) useSite.setState({ answer: answer.ok ? answer.value : null })
}

export function edit(): void {
  const { answer } = useSite.getState()
  if (answer === null) return
  useSite.setState({ draft: draftOf(answer), drafted: useCapture.getState().generation, problem: null, judged: null })
}

export function giveUp(): void {
  useSite.setState({ draft: null, problem: null })
}

export function changeDraft(name: string, part: Partial<SiteDraft>): void {
  useSite.setState(({ draft }) => ({ draft: draft?.map((one) => (one.name === name ? { ...one, ...part } : one)) ?? null }))
}

/** Interfaces that are known, with what was said of them. */
export function draftOf({ interfaces, given }: Answers['site']): SiteDraft[] {
  const names = [...new Set([...interfaces, ...(given?.interfaces ?? [])].map(({ name }) => name))]
  return names.map((name) => {
    const said = given?.interfaces.find((one) => one.name === name)
    return { name, prefixes: said?.prefixes.join(', ') ?? '', filterMode: said?.filterMode ?? 'unknown' }
  })
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)

/** The first word of an interface's prefixes that is none; null: all are. */
export function faultOf(draft: SiteDraft): string | null {
  return words(draft.prefixes).find((word) => !isPrefix(word)) ?? null
}

/** What is sent: addresses and routers that were given stay as they are; null when nothing is said of anything. */
export function siteOf(draft: readonly SiteDraft[], given: SiteFile | null): SiteFile | null {
  const interfaces = draft
    .map(({ name, prefixes, filterMode }) => {
      const said = given?.interfaces.find((one) => one.name === name)
      return {
        name,
        addresses: said?.addresses ?? [],
        prefixes: words(prefixes),
        routers: said?.routers ?? [],
        filterMode: filterMode === 'unknown' ? null : filterMode,
      }
    })
    .filter((one) => one.addresses.length + one.prefixes.length + one.routers.length > 0 || one.filterMode !== null)
  return interfaces.length === 0 ? null : { interfaces }
}

/** Judges the capture again. What was wrong stays beside the draft. */
export async function judge(site: SiteFile | null): Promise<void> {
  useSite.setState({ busy: true, problem: null })
  const name = useCapture.getState().status?.name ?? ''
  const problem = await judgeWith(site)
  if (problem === null) keepSite(name, site)
  useSite.setState(problem === null ? { busy: false, draft: null, judged: useCapture.getState().generation } : { busy: false, problem })
}

// ------------------------------------------------------------------ memory

type Kept = [name: string, site: SiteFile][]

export function recallSites(text: string | null): Kept {
  try {
    const kept: unknown = JSON.parse(text ?? '[]')
    if (!Array.isArray(kept)) return []
    return kept
      .filter((entry): entry is Kept[number] => Array.isArray(entry) && typeof entry[0] === 'string' && isSite(entry[1]))
      .slice(-MOST)
  } catch {
    return []
  }
}

/** Its form only: what is in it the engine checks. */
function isSite(value: unknown): value is SiteFile {
  return typeof value === 'object' && value !== null && Array.isArray((value as SiteFile).interfaces)
}

function stored(): Kept {
  try {
    return recallSites(globalThis.localStorage?.getItem(KEY) ?? null)
  } catch {
    return []
  }
}

let sites: Kept | null = null

export function keptSite(name: string): SiteFile | null {
  sites ??= stored()
  return sites.find(([known]) => known === name)?.[1] ?? null
}

export function keepSite(name: string, site: SiteFile | null): void {
  sites = (sites ?? stored()).filter(([known]) => known !== name)
  if (site !== null) sites = [...sites, [name, site] as Kept[number]].slice(-MOST)
  try {
    localStorage.setItem(KEY, JSON.stringify(sites))
  } catch {
    // kept for this window only
  }
}
