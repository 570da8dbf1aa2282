/** The context families beside TCP, UDP, SCTP and MPTCP, by the signal protocols they take. One line a family. */
import type { ContextFamily } from './contexts.ts'

export const FAMILIES: readonly ContextFamily[] = []
