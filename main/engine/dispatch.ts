/**
 * The one way in: validates a call by the contract's schemas, runs it on the engine, and turns every failure into a contract error.
 * Nothing that a caller sends makes it throw: unknown calls, extra keys and wrong types are answered in words.
 */
import type { z } from 'zod'
import { type Answers, type CallName, type ContractError, parameters as schemas } from '../../shared/contract.ts'
import type { Engine } from './engine.ts'
import { contractError } from './failure.ts'

export type Result<K extends CallName = CallName> = { ok: true; value: Answers[K] } | { ok: false; error: ContractError }

export async function dispatch(engine: Engine, call: unknown, parameters: unknown): Promise<Result> {
  if (typeof call !== 'string' || !Object.hasOwn(schemas, call)) {
    return refuse(
      typeof call === 'string' ? `there is no call '${call.slice(0, 40)}'` : 'the call has no name',
      `Calls are: ${Object.keys(schemas).join(', ')}.`,
    )
  }
  const name = call as CallName
  const checked = schemas[name].strict().safeParse(parameters ?? {})
  if (!checked.success) return refuse(`${name}: ${wordsOf(checked.error)}`, 'Send the parameters that the contract names, and no others.')
  try {
    const value = await (engine[name] as (parameters: unknown) => unknown).call(engine, checked.data)
    return { ok: true, value: value as Answers[CallName] }
  } catch (error) {
    return { ok: false, error: contractError(error) }
  }
}

function refuse(message: string, hint: string): Result {
  return { ok: false, error: { code: 'bad-request', message, hint } }
}

/** The first complaint, with the place it is about. */
function wordsOf(error: z.ZodError): string {
  const issue = error.issues[0]
  if (issue === undefined) return 'parameters are not as they should be'
  const place = issue.path.length > 0 ? `${issue.path.map(String).join('.').slice(0, 80)}: ` : ''
  return `${place}${issue.message.slice(0, 200)}`
}
