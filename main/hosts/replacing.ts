/**
 * A page may have a file replaced only where a person has said so in a dialog of the system, of which the page knows nothing: whatever a
 * hostile capture might make of the page, it overwrites no file. Pure.
 */

/** The parameters of a call as the host lets them through: `replace` falls where the path is none of `chosen`. */
export function replacingOnly(chosen: ReadonlySet<string>, call: unknown, parameters: unknown): unknown {
  if (call !== 'saveBegin' || typeof parameters !== 'object' || parameters === null || !('replace' in parameters)) return parameters
  const { path } = parameters as { path?: unknown }
  if (typeof path === 'string' && chosen.has(path)) return parameters
  const { replace: _, ...others } = parameters
  return others
}
