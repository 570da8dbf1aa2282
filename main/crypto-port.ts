/** Fills the dissectors' crypto port with node:crypto. Called for rare messages only (MPTCP keys, join HMACs, cookies). */
import { createHash, createHmac } from 'node:crypto'
import type { CryptoPort } from '../dissectors/core/crypto.ts'

export const nodeCrypto: CryptoPort = {
  sha1: (data) => createHash('sha1').update(data).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
  hmacSha1: (key, data) => createHmac('sha1', key).update(data).digest(),
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
}
