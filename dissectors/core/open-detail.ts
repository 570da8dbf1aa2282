/** What most handshakes do not say of themselves: spread into an OpenDetail. MPTCP and SCTP, whose handshakes are many, write theirs out. */
import type { OpenDetail } from '../../shared/signal-details.ts'

export const UNSAID: Omit<OpenDetail, 'message' | 'step' | 'sender' | 'receiver'> = {
  joinToken: null,
  senderToken: null,
  receiverToken: null,
  initiateTag: null,
  addressId: null,
  backup: false,
  initialUnit: null,
}
