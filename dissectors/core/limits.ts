/** Limits that several tables share. */

/** flows: (protocol, address pair, port pair) */
export const MAX_FLOWS = 2_000_000
