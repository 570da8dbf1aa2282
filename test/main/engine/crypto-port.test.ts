import { createHash, createHmac, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { nodeCrypto } from '../../../main/crypto-port.ts'

it('hashes and HMACs as node:crypto does, for keys and data of every length around the block', () => {
  for (let length = 0; length < 400; length += length < 140 ? 1 : 37) {
    const data = randomBytes(length)
    const key = randomBytes((length * 7) % 150)
    expect(
      [nodeCrypto.sha1(data), nodeCrypto.sha256(data), nodeCrypto.hmacSha1(key, data), nodeCrypto.hmacSha256(key, data)].map((b) =>
        Buffer.from(b).toString('hex'),
      ),
    ).toEqual([
      createHash('sha1').update(data).digest('hex'),
      createHash('sha256').update(data).digest('hex'),
      createHmac('sha1', key).update(data).digest('hex'),
      createHmac('sha256', key).update(data).digest('hex'),
    ])
  }
})
