import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fieldById } from '../../../dissectors/core/fields.ts'
import { valueText } from '../../../dissectors/core/values.ts'
import { walkFiles } from '../../../main/engine/file-order.ts'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { captureReports } from '../../../main/engine/queries/capture-facts.ts'
import { sessionExport } from '../../../main/engine/queries/export-session.ts'
import { sessionHtml } from '../../../main/export/session-html.ts'
import { sessionJson } from '../../../main/export/session-json.ts'
import { KeyStore } from '../../../main/keys/store.ts'
import { VERSION } from '../../../main/version.ts'
import { shared } from '../../shared-material.ts'

const recorded = (name: string): string => shared('testbed', 'recorded', name)

/** Every key of a file, as the digits it has there: what must not turn up anywhere. */
function secretsOf(text: string): string[] {
  const tls = [...text.matchAll(/^[A-Z0-9_]+ [0-9a-f]{64} ([0-9a-f]{64,96})$/gm)].map((found) => found[1] as string)
  const ike = text
    .split('\n')
    .flatMap((line) => (line.includes(',') ? line.split(',').filter((field) => /^[0-9a-f]{32,}$/.test(field)) : []))
  return [...tls, ...ike]
}

describe.each([
  // UPDATE_SA_ADDRESSES and COOKIE2; PATH_CHALLENGE and PATH_RESPONSE
  ['mobike.pcapng', 'mobike.ikekeys', 'isakmp.notify.msgtype', ['16400', '16401']],
  ['quic-migration.pcapng', 'quic-migration.keys', 'quic.frame_type', ['0x000000000000001a', '0x000000000000001b']],
])('%s with its keys', (capture, keys, field, wanted) => {
  const text = readFileSync(recorded(keys), 'utf8')
  const secrets = secretsOf(text)

  it('shows what they open, and no key in any field', async () => {
    const seen = new Set<string>()
    let leaked = 0
    await walkFiles(
      [recorded(capture)],
      (_walk, recorder) => {
        for (let i = 0; i < recorder.count; i++) {
          const value = valueText(recorder, i)
          if (fieldById(recorder.field[i] as number).name === field && wanted.includes(value)) seen.add(value)
          if (secrets.some((secret) => value.includes(secret))) leaked++
        }
        return undefined
      },
      { keys: new KeyStore([{ path: keys, text }]) },
    )
    expect([[...seen].sort(), leaked, secrets.length > 3]).toEqual([wanted, 0, true])
  })

  it('puts no key into report, warnings or exports', async () => {
    const opened = await openCapture([recorded(capture)], { keys: [{ path: keys, text: `${text}\nbroken ${secrets[0]}\n` }] })
    try {
      const out = [JSON.stringify(opened.analyzer.report(captureReports(opened), VERSION)), opened.warnings.join('\n')]
      for (let i = 0; i < opened.analyzer.sessionCount; i++) {
        const { id } = opened.analyzer.brief(i)
        const session = sessionExport(opened, id)
        out.push(JSON.stringify(session), sessionHtml(session), sessionJson(session))
      }
      const all = out.join('\n').toLowerCase()
      expect(secrets.filter((secret) => all.includes(secret))).toEqual([])
      expect(opened.warnings.join('\n')).toMatch(/line \d+ is neither an SSLKEYLOGFILE nor an IKEv2 table line/)
    } finally {
      closeCapture(opened)
    }
  })

  it('opens cleanly without keys, and shows none of it', async () => {
    const opened = await openCapture([recorded(capture)])
    try {
      expect([opened.malformed, opened.warnings, opened.complete]).toEqual([0, [], true])
    } finally {
      closeCapture(opened)
    }
    const seen: string[] = []
    await walkFiles([recorded(capture)], (_walk, recorder) => {
      for (let i = 0; i < recorder.count; i++)
        if (fieldById(recorder.field[i] as number).name === field && wanted.includes(valueText(recorder, i))) seen.push(field)
      return undefined
    })
    expect(seen).toEqual([])
  })
})
