/**
 * Lines of an SSLKEYLOGFILE (draft-ietf-tls-keylogfile): `LABEL client_random secret`. Kept are the traffic secrets that QUIC needs;
 * other labels are in order and passed over. Refused: a random that is not 32 bytes, a secret that is no hash long.
 */
import { TlsSecret } from '../../dissectors/core/keys.ts'
import { hexBytes } from './hex.ts'

const LABELS: Readonly<Record<string, TlsSecret>> = {
  CLIENT_EARLY_TRAFFIC_SECRET: TlsSecret.ClientEarly,
  CLIENT_HANDSHAKE_TRAFFIC_SECRET: TlsSecret.ClientHandshake,
  SERVER_HANDSHAKE_TRAFFIC_SECRET: TlsSecret.ServerHandshake,
  CLIENT_TRAFFIC_SECRET_0: TlsSecret.ClientTraffic,
  SERVER_TRAFFIC_SECRET_0: TlsSecret.ServerTraffic,
  // as written by early QUIC stacks
  QUIC_CLIENT_EARLY_TRAFFIC_SECRET: TlsSecret.ClientEarly,
  QUIC_CLIENT_HANDSHAKE_TRAFFIC_SECRET: TlsSecret.ClientHandshake,
  QUIC_SERVER_HANDSHAKE_TRAFFIC_SECRET: TlsSecret.ServerHandshake,
  QUIC_CLIENT_TRAFFIC_SECRET_0: TlsSecret.ClientTraffic,
  QUIC_SERVER_TRAFFIC_SECRET_0: TlsSecret.ServerTraffic,
}

/** Lines of older protocols; there a name may stand where the random is (`RSA Session-ID:... Master-Key:...`). */
const OTHER_LINE = /^(RSA|PMS_CLIENT_RANDOM|CLIENT_RANDOM|[A-Z][A-Z0-9_]*) [A-Za-z:-]*[0-9a-fA-F]+ [A-Za-z:-]*[0-9a-fA-F]+$/

export interface TlsLine {
  secret: TlsSecret
  /** 64 lower-case digits */
  clientRandom: string
  value: Uint8Array
}

/** The secret of a line, 'other' for one that is in order and not needed, 'bad' for anything else. */
export function readTlsLine(line: string): TlsLine | 'other' | 'bad' {
  const parts = line.split(/[ \t]+/)
  const secret = LABELS[parts[0] as string]
  if (secret === undefined) return OTHER_LINE.test(line) ? 'other' : 'bad'
  if (parts.length !== 3) return 'bad'
  const random = hexBytes(parts[1] as string)
  const value = hexBytes(parts[2] as string)
  if (random === null || value === null || random.length !== 32 || (value.length !== 32 && value.length !== 48)) return 'bad'
  return { secret, clientRandom: (parts[1] as string).toLowerCase(), value }
}
