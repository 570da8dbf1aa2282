import { describe, expect, test } from 'vitest'
import { Bench, hexBytes, packet } from '../tcp/bench.ts'
import { vectors } from './vectors.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('a version 1 connection with a join', () => {
  test.each(vectors)('%s is built byte by byte as on the wire', (_name, bytes, segment) => {
    expect(hex(packet(segment))).toBe(bytes)
  })

  test('its signals, packet by packet', () => {
    const bench = new Bench()
    const lines = vectors.flatMap(([name, bytes]) => {
      const { signals, stop } = bench.send(hexBytes(bytes))
      return [`${name}${stop === '' ? '' : ` (${stop})`}`, ...signals.map((line) => `  ${line}`)]
    })
    expect(lines).toEqual([
      'MP_CAPABLE SYN',
      '  f0> mptcp opening MP_CAPABLE SYN step=1 addressId=0 initialUnit=1000',
      'MP_CAPABLE SYN/ACK',
      '  f0< mptcp opening MP_CAPABLE SYN/ACK step=2 sender=token:ccad45ac senderToken=ccad45ac addressId=0 initialUnit=5000',
      'MP_CAPABLE ACK',
      '  f0> mptcp opened MP_CAPABLE ACK step=3 sender=token:66840dda receiver=token:ccad45ac senderToken=66840dda receiverToken=ccad45ac addressId=0',
      '  f0> mptcp acknowledged seq 5001',
      'DSS with mapping and data',
      '  f0> mptcp acknowledged dsn 2382920847',
      '  f0> mptcp payload dsn 3533533043 +5 sub 1001+5',
      'ADD_ADDR with HMAC',
      '  f0> mptcp claimed ADD_ADDR address=192.0.2.33 addressId=5 authentication=A3v',
      '  f0> mptcp acknowledged seq 5001',
      'ADD_ADDR echo',
      '  f0< mptcp claim-answered ADD_ADDR echo accepted addressId=5 address=192.0.2.33',
      '  f0< mptcp acknowledged seq 1006',
      'MP_JOIN SYN',
      '  f1> mptcp opening MP_JOIN SYN step=1 sender=token:66840dda receiver=token:ccad45ac joinToken=ccad45ac senderToken=66840dda receiverToken=ccad45ac addressId=5 initialUnit=9000',
      '  f1> mptcp probed MP_JOIN SYN match=a1a2a3a4',
      'MP_JOIN SYN/ACK',
      '  f1< mptcp opening MP_JOIN SYN/ACK step=2 sender=token:ccad45ac receiver=token:66840dda joinToken=ccad45ac senderToken=ccad45ac receiverToken=66840dda addressId=0 initialUnit=7000',
      '  f1< mptcp probe-answered MP_JOIN SYN/ACK match=a1a2a3a4 authentication=A3v',
      'MP_JOIN ACK',
      '  f1> mptcp opened MP_JOIN ACK step=3 sender=token:66840dda receiver=token:ccad45ac joinToken=ccad45ac senderToken=66840dda receiverToken=ccad45ac addressId=5',
      '  f1> mptcp verified MP_JOIN ACK authentication=A3v',
      '  f1> mptcp acknowledged seq 7001',
      'REMOVE_ADDR',
      '  f0> mptcp withdrawn REMOVE_ADDR addressId=5',
      '  f0> mptcp acknowledged seq 5001',
      'MP_PRIO',
      '  f0> mptcp preferred MP_PRIO backup',
      '  f0> mptcp acknowledged seq 5001',
      'MP_FASTCLOSE',
      '  f0> mptcp closed MP_FASTCLOSE abrupt final authentication=A3v',
      '  f0> mptcp acknowledged seq 5001',
      'RST with MP_TCPRST',
      '  f0> mptcp closed RST MP_TCPRST abrupt final cause=unacceptable performance (transient)',
    ])
  })

  test('its fields', () => {
    const bench = new Bench()
    for (const [, bytes] of vectors) bench.send(hexBytes(bytes))
    const lines = vectors.flatMap(([name, bytes]) => [
      name,
      ...bench.fields(hexBytes(bytes), ['tcp.options.mptcp', 'mptcp.']).map((line) => `  ${line.replace('tcp.options.mptcp', '')}`),
    ])
    expect(lines).toEqual([
      'MP_CAPABLE SYN',
      '  .subtype: 0',
      '  .version: 1',
      '  .flags: 0x01',
      '  .checksumreq.flags: 0',
      '  .extensibility.flag: 0',
      '  .nomoresubflows.flag: 0',
      '  .sha256.flag: 1',
      '  .reserved.flag: 0x00',
      '  mptcp.stream: 0',
      'MP_CAPABLE SYN/ACK',
      '  .subtype: 0',
      '  .version: 1',
      '  .flags: 0x01',
      '  .checksumreq.flags: 0',
      '  .extensibility.flag: 0',
      '  .nomoresubflows.flag: 0',
      '  .sha256.flag: 1',
      '  .reserved.flag: 0x00',
      '  .sendkey: 1230066625199609624',
      '  mptcp.stream: 0',
      '  mptcp.expected_token: 3433907628',
      '  mptcp.expected_idsn: 6006656914258689166',
      'MP_CAPABLE ACK',
      '  .subtype: 0',
      '  .version: 1',
      '  .flags: 0x01',
      '  .checksumreq.flags: 0',
      '  .extensibility.flag: 0',
      '  .nomoresubflows.flag: 0',
      '  .sha256.flag: 1',
      '  .reserved.flag: 0x00',
      '  .sendkey: 72623859790382856',
      '  .recvkey: 1230066625199609624',
      '  mptcp.stream: 0',
      '  mptcp.expected_token: 1719930330',
      '  mptcp.expected_idsn: 17699430019826020210',
      'DSS with mapping and data',
      '  .subtype: 2',
      '  .flags: 0x05',
      '  .datafin.flag: 0',
      '  .dseqn8.flag: 0',
      '  .dseqnpresent.flag: 1',
      '  .dataack8.flag: 0',
      '  .dataackpresent.flag: 1',
      '  .rawdataack: 2382920847',
      '  .rawdataseqno: 3533533043',
      '  .subflowseqno: 1',
      '  .datalvllen: 5',
      '  mptcp.stream: 0',
      'ADD_ADDR with HMAC',
      '  .subtype: 3',
      '  .echo: 0',
      '  .addrid: 5',
      '  .ipv4: 192.0.2.33',
      '  .addaddrtrunchmac: 17222588932772768465',
      '  mptcp.stream: 0',
      'ADD_ADDR echo',
      '  .subtype: 3',
      '  .echo: 1',
      '  .addrid: 5',
      '  .ipv4: 192.0.2.33',
      '  mptcp.stream: 0',
      'MP_JOIN SYN',
      '  .subtype: 1',
      '  .flags: 0x10',
      '  .backup.flag: 0',
      '  .addrid: 5',
      '  .recvtok: 3433907628',
      '  .sendrand: 2711790500',
      '  mptcp.stream: 0',
      'MP_JOIN SYN/ACK',
      '  .subtype: 1',
      '  .flags: 0x10',
      '  .backup.flag: 0',
      '  .addrid: 0',
      '  .sendtrunchmac: 9676898878819073286',
      '  .sendrand: 2981278644',
      '  mptcp.stream: 0',
      'MP_JOIN ACK',
      '  .subtype: 1',
      '  .reserved: 0x0000',
      '  .sendhmac: 53037f2899475529844115fd07e665d23d3554fb',
      '  mptcp.stream: 0',
      'REMOVE_ADDR',
      '  .subtype: 4',
      '  mptcp.rm_addr.count: 1',
      '  .addrid: 5',
      '  mptcp.stream: 0',
      'MP_PRIO',
      '  .subtype: 5',
      '  .flags: 0x51',
      '  .backup.flag: 1',
      '  mptcp.stream: 0',
      'MP_FASTCLOSE',
      '  .subtype: 7',
      '  .reserved: 0x0000',
      '  .recvkey: 1230066625199609624',
      '  mptcp.stream: 0',
      'RST with MP_TCPRST',
      '  .subtype: 8',
      '  .flags: 0x81',
      '  .flag_U.flag: 0',
      '  .flag_V.flag: 0',
      '  .flag_W.flag: 0',
      '  .flag_T.flag: 1',
      '  .rst_reason: 0x05',
      '  mptcp.stream: 0',
    ])
  })

  test('every packet cut at every length is cut, never malformed, and never throws', () => {
    for (const [name, text] of vectors) {
      const bytes = hexBytes(text)
      for (let captured = 0; captured < bytes.length; captured++) {
        const bench = new Bench()
        const { stop } = bench.send(bytes, captured)
        bench.fields(bytes, ['tcp'], captured)
        // Payload that is cut off stops nobody: the header was read.
        const headerEnd = 20 + ((bytes[32] as number) >> 4) * 4
        expect(`${name} at ${captured}: ${stop.split(':')[0]}`).toBe(`${name} at ${captured}: ${captured < headerEnd ? 'cut' : ''}`)
      }
    }
  })
})
