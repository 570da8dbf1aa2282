/**
 * The one client in use, and `ask`, which never throws: a transport that breaks answers like an engine that refuses.
 * Costs nothing beyond the call.
 */
import type { Answers, CallName, ContractError, Parameters_ } from '../../shared/contract.ts'
import type { ScreenClient } from '../transport/client.ts'

let current: ScreenClient | null = null

export function setClient(client: ScreenClient): void {
  current = client
}

export function client(): ScreenClient {
  if (!current) throw new Error('No client: setClient() comes before the first screen')
  return current
}

export type Answer<K extends CallName> = { ok: true; value: Answers[K] } | { ok: false; error: ContractError }

export async function ask<K extends CallName>(call: K, parameters: Parameters_<K>): Promise<Answer<K>> {
  try {
    return await client().send(call, parameters)
  } catch (failure) {
    return {
      ok: false,
      error: {
        code: 'internal',
        message: `The engine did not answer "${call}": ${failure instanceof Error ? failure.message : String(failure)}`,
        hint: 'Try again; if it stays so, open the capture again.',
      },
    }
  }
}
