/**
 * A session as JSON: the session of the report schema with its timeline, its rehomings and its findings.
 * Refuses nothing; characters that act on terminals and editors are escaped. Cost: one pass.
 */
import { jsonText } from './escape.ts'
import type { SessionExport } from './session-export.ts'

export function sessionJson({ session, rehomings, findings, captures, generator }: SessionExport): string {
  return jsonText({ schema: 'rehome.session/1', generator, captures, session, rehomings, findings })
}
