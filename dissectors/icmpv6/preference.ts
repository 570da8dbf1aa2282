/** Router and route preferences (RFC 4191 section 2.1): two bits; the reserved value counts as medium. */
export const PREFERENCES = ['medium', 'high', 'medium', 'low'] as const
