/** Profiles hang where the user's files say; what is registered here is the look at identifiers in plain IPv6 packets. */
import { registerProfileAddresses } from './addresses.ts'

export function registerProfiles(): void {
  registerProfileAddresses()
}
