/** The catalogue as pages for people: one Markdown page a rule, and a list of all. Pure; `scripts/rule-pages.mjs` writes them to docs/rules. */

import type { Doubt } from './catalogue/rule.ts'
import { CATALOGUE, type CatalogueRule } from './catalogue.ts'

function list(lines: readonly string[]): string {
  return lines.length === 0 ? 'None is known.' : lines.map((line) => `- ${line}`).join('\n')
}

function doubtful(doubts: readonly Doubt[]): string {
  if (doubts.length === 0) return ''
  return `\n## What it cannot be told from\n\nEach finding names these among its checks:\n\n${list(doubts.map(({ text }) => text))}\n`
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export function rulePage(rule: CatalogueRule): string {
  return `# ${rule.id}: ${rule.title}

${rule.rule}

| severity | when |
|---|---|
${rule.severity.map(({ value, when }) => `| ${value} | ${when} |`).join('\n')}

| confidence | when |
|---|---|
${rule.confidence.map(({ value, when }) => `| ${value} | ${when} |`).join('\n')}

Findings below a confidence of 40 are kept as observations and not reported.

## What looks alike

${list(rule.lookAlikes.map(({ text }) => text))}
${doubtful(rule.doubts ?? [])}
## Examples

Fires: ${rule.fires}

Stays quiet: ${rule.quiet}

## What to do

${upper(rule.repair)}

Source: ${rule.source}
`
}

/** File name under docs/rules and its text. */
export function pages(): Map<string, string> {
  const out = new Map<string, string>()
  const rows: string[] = []
  for (const rule of [...CATALOGUE].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))) {
    out.set(`${rule.id}.md`, rulePage(rule))
    rows.push(`| [${rule.id}](${rule.id}.md) | ${rule.title} | ${rule.severity.map(({ value }) => value).join(', ')} |`)
  }
  const head =
    'Every rule that `rehome findings` knows, from the one catalogue that the analysis cites. Made by `node scripts/rule-pages.mjs`.'
  out.set('README.md', `# Rules\n\n${head}\n\n| rule | says | severities |\n|---|---|---|\n${rows.join('\n')}\n`)
  return out
}
