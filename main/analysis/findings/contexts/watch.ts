/**
 * The rules about contexts and the protocols' own, as one watch: they share the book of claimed locators, which has to hear of a packet before
 * any of them. One line a rule. Cost: see `tracker.ts`.
 */

import { HipIdentity } from '../hip/identity.ts'
import { MessageIds } from '../ikev2/message-ids.ts'
import { LocatorNonce } from '../ilnp/nonce.ts'
import { LispControl } from '../lisp/control.ts'
import { ReplayedMappings } from '../lisp/replayed.ts'
import { HomeRouting } from '../mip6/home-routing.ts'
import { PrefixGrants } from '../mip6/prefixes.ts'
import { ReturnRoutability } from '../mip6/return-routability.ts'
import { Announcing } from '../mptcp/announce.ts'
import { Closing } from '../mptcp/close.ts'
import { Copies } from '../mptcp/copies.ts'
import { Joining } from '../mptcp/join.ts'
import { Removing } from '../mptcp/removal.ts'
import { Amplification } from '../quic/amplification.ts'
import { Aborting } from '../sctp/abort.ts'
import { Reconfiguration } from '../sctp/reconfigure.ts'
import { Restart } from '../sctp/restart.ts'
import { Ownership } from '../shim6/ownership.ts'
import type { WatchMaker } from '../watch.ts'
import { AckSpoofing } from './ack-spoof.ts'
import { ClaimedSite } from './claimed-site.ts'
import { Guessing } from './guess.ts'
import { HelpedFlood } from './helped-flood.ts'
import { Outlived } from './outlived.ts'
import { PreClaim } from './pre-claim.ts'
import { Redirection } from './redirect.ts'
import { Replay } from './replay.ts'
import type { Tools } from './rule.ts'
import { TimeShift } from './time-shift.ts'
import { Tracker } from './tracker.ts'
import { UnknownControl } from './unknown-control.ts'
import { UnknownSource } from './unknown-source.ts'

const RULES = [
  'T-REDIR-EST',
  'T-REDIR-PRE',
  'T-REPLAY',
  'T-BLACKHOLE',
  'T-FLOOD3',
  'T-FLOODDIR',
  'T-ACKSPOOF',
  'T-TIMESHIFT',
  'T-UNKLOC',
  'T-TAG',
  'T-ESP-LOC',
  'T-WG-ROAM',
  'T-SCTP-RESTART',
  'T-SCTP-NOAUTH',
  'T-SCTP-ABORT',
  'T-SCTP-DUP',
  'T-MPTCP-JOIN',
  'T-MPTCP-HMAC',
  'T-MPTCP-ADDMITM',
  'T-MPTCP-ANNOUNCE',
  'T-MPTCP-CLOSE',
  'T-MPTCP-KEY',
  'T-DOWNGRADE',
  'T-HIP-HIT',
  'T-SHIM-CGA',
  'T-ILNP-NONCE',
  'T-MIP-RR',
  'T-MIP-HAO',
  'T-MIP-PREFIX',
  'T-LISP-OVER',
  'T-LISP-AUTH',
  'T-QUIC-AMP',
] as const

/** Every kind: which of them matter to whom, the rules know. */
const ALL_KINDS = 0x3fff_ffff

export function contextsWatch(): WatchMaker {
  return {
    rules: RULES,
    make: (around) => {
      let guessing: Guessing
      const guess = (tools: Tools): Guessing => {
        guessing = new Guessing(tools)
        return guessing
      }
      const tracker = new Tracker(around, [
        (tools) => new LispControl(tools as Tracker),
        (tools) => new Redirection(tools),
        (tools) => new HelpedFlood(tools),
        (tools) => new PreClaim(tools),
        (tools) => new ClaimedSite(tools),
        (tools) => new Replay(tools),
        (tools) => new MessageIds(tools),
        (tools) => new ReplayedMappings(tools),
        (tools) => new TimeShift(tools),
        (tools) => new Outlived(tools),
        (tools) => new UnknownControl(tools),
        guess,
        (tools) => new UnknownSource(tools, guessing),
        (tools) => new AckSpoofing(tools),
        (tools) => new Aborting(tools),
        (tools) => new Reconfiguration(tools),
        (tools) => new Restart(tools),
        (tools) => new Joining(tools),
        (tools) => new Announcing(tools),
        (tools) => new Closing(tools),
        (tools) => new Removing(tools),
        (tools) => new Copies(tools),
        (tools) => new HipIdentity(tools),
        (tools) => new Ownership(tools),
        (tools) => new LocatorNonce(tools),
        (tools) => new ReturnRoutability(tools),
        (tools) => new PrefixGrants(tools),
        (tools) => new HomeRouting(tools),
        (tools) => new Amplification(tools),
      ])
      return {
        kinds: ALL_KINDS,
        taker: (protocol, kind) => tracker.taker(protocol, kind),
        sweep: (now, final) => tracker.sweep(now, final),
      }
    },
  }
}
