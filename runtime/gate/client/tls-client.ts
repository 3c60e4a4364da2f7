/** First byte of a TLS connection: the record type of a handshake. */
const tlsHandshake = 0x16;
/** Second byte of a TLS connection: the major version, equal in all versions of TLS. */
const tlsMajor = 3;

/** Reason for a client that speaks TLS to a port without TLS. */
export const plainPort =
  "the client speaks TLS (wss:// or https://), but the port does not; use ws://, or set listen.tls of the gate";

/** Returns whether the first bytes of a connection are those of TLS. */
export function beginsTls(chunk: Uint8Array): boolean {
  return chunk[0] === tlsHandshake && chunk[1] === tlsMajor;
}
