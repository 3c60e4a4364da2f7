import { constants } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import type { TlsVersion } from "./tls-options.ts";

/**
 * Cipher suites: all of TLS 1.3, and of TLS 1.2 those with forward secrecy and authenticated encryption (RFC 9325,
 * section 4.2). AES-128 comes first, as the fastest where the processor has instructions for it.
 */
const ciphers = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** Options of every TLS context, of servers and clients. */
export function commonContextOptions(minVersion: TlsVersion): SecureContextOptions {
  return { minVersion, maxVersion: "TLSv1.3", ciphers };
}

/** A peer must not start a second handshake on an open connection: each costs a signature. */
const serverFlags = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_PRIORITIZE_CHACHA;

/** Options of a server's context. Clients may resume sessions by tickets. */
export const serverOnlyOptions: SecureContextOptions = Object.freeze({
  honorCipherOrder: true,
  secureOptions: serverFlags,
});

/** Options of a server that asks for certificates: without tickets, so that each connection shows its certificate. */
export const withoutTickets: SecureContextOptions = Object.freeze({
  honorCipherOrder: true,
  secureOptions: serverFlags | constants.SSL_OP_NO_TICKET,
});
