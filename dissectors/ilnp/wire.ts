/**
 * ILNPv6 (RFC 6740, 6741): an address is a 64-bit locator and a 64-bit node identifier. The nonce option (RFC 6744) is read by
 * `ipv6/options.ts`, the fields of locator updates (RFC 6743) by `icmpv6/mobility.ts`; here are their offsets and what the product adds.
 */
import { protocol } from '../core/fields.ts'

/** In an IPv6 address. */
export const NODE = 8
export const LOCATOR_SIZE = 8

/** Locator update, from the ICMPv6 header on. */
export const enum At {
  Count = 4,
  Operation = 5,
  Locators = 8,
}
export const enum Operation {
  Advertisement = 1,
  Acknowledgement = 2,
}
/** Locator, preference, lifetime. */
export const ENTRY_SIZE = 12

export const ilnp = protocol('ilnp', 'Identifier-Locator Network Protocol', 'ILNP')
/** whether a locator update carries the nonce of its session */
export const nonceVerdict = ilnp.string('mh.ilnp.nonce', 'Session nonce')
