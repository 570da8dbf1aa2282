/** Failures of a call as the contract has them: a code, what was wrong and where, and what to do. */
import type { ContractError } from '../../shared/contract.ts'
import { CaptureFileError } from '../files/types.ts'

export class ContractFailure extends Error {
  constructor(
    readonly code: ContractError['code'],
    message: string,
    readonly hint: string,
    readonly position?: number,
  ) {
    super(message)
  }
}

/** Whatever was thrown, as a contract error. Internal words stay inside: paths and stacks of this program help nobody who asks. */
export function contractError(error: unknown): ContractError {
  if (error instanceof ContractFailure) {
    const { code, message, hint, position } = error
    return position === undefined ? { code, message, hint } : { code, message, hint, position }
  }
  if (error instanceof CaptureFileError) return { code: error.code, message: error.message, hint: error.hint }
  const words = error instanceof Error ? error.message : String(error)
  return {
    code: 'internal',
    message: `internal error: ${words}`,
    hint: 'Open the capture again; if it comes back, report it with the capture.',
  }
}
