/**
 * The one way in: validates a call by the contract's schemas, runs it on the engine, and turns every failure into a contract error.
 * Nothing that a caller sends makes it throw: unknown calls, extra keys and wrong types are answered in words.
 */
import type { z } from 'zod'
import { type Answers, type CallName, type ContractError, parameters as schemas } from '../../shared/contract.ts'
import { contractError } from './failure.ts'

export type Result<K extends CallName = CallName> = { ok: true; value: Answers[K] } | { ok: false; error: ContractError }

/** Who answers: one method a call. What it does not have is answered elsewhere, and refused here. */
export type Answering = { [K in CallName]?: (parameters: never) => unknown }

export async function dispatch(answering: Answering, call: unknown, parameters: unknown): Promise<Result> {
  if (typeof call !== 'string' || !Object.hasOwn(schemas, call)) {
    return refuse(
      typeof call === 'string' ? `there is no call '${call.slice(0, 40)}'` : 'the call has no name',
      `Calls are: ${Object.keys(schemas).join(', ')}.`,
    )
  }
  const name = call as CallName
  const method = answering[name]
  if (method === undefined) return refuse(`${name} is not answered here`, 'Ask the host of this engine.')
  const checked = schemas[name].strict().safeParse(parameters ?? {})
  if (!checked.success) return refuse(`${name}: ${wordsOf(checked.error)}`, 'Send the parameters that the contract names, and no others.')
  try {
    const value = await method.call(answering, checked.data as never)
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
