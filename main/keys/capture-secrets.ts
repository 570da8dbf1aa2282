/**
 * Hands a capture's own decryption secrets blocks (pcapng section 4.7) to the key store as they turn up. Only TLS secrets are taken.
 * Cost: one comparison a batch of packets.
 */
import type { FileFacts } from '../files/types.ts'
import type { KeyStore } from './store.ts'

export class CaptureSecrets {
  private readonly taken = new Map<FileFacts, number>()

  constructor(private readonly keys: KeyStore) {}

  take(facts: FileFacts): void {
    const { secrets } = facts
    let next = this.taken.get(facts) ?? 0
    if (next === secrets.length) return
    for (; next < secrets.length; next++) {
      const { type, data } = secrets[next] as FileFacts['secrets'][number]
      if (type === 'tls')
        this.keys.add({ path: `${facts.path}: decryption secrets block ${next + 1}`, text: Buffer.from(data).toString('latin1') })
    }
    this.taken.set(facts, next)
  }
}
