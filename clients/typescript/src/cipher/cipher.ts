/**
 * The encryption of `@photinus/client` for raw TCP, and for engines without TLS. Pages use "wss://" instead.
 * @packageDocumentation
 */

import { isRecord } from "../../../../runtime/options/option-rules.ts";
import type { CipherClient } from "../../../../runtime/wire/cipher/cipher.ts";
import { NkCipherClient } from "../../../../runtime/wire/cipher/nk-cipher.ts";
import { keyBytes } from "../../../../runtime/wire/cipher/noise-primitives.ts";
import type { Dial } from "../channel/dial.ts";
import { resolved } from "../check-options.ts";
import { type CipherOptions, cipherRule } from "./cipher-options.ts";
import { openCipher } from "./dial-cipher.ts";
import { noblePrimitives } from "./noble-primitives.ts";

export type {
  CipherClient,
  CipherGreeting,
  RecordCipher,
} from "../../../../runtime/wire/cipher/cipher.ts";
export type { NoiseCipherName } from "../../../../runtime/wire/cipher/noise-primitives.ts";
export { dialWebSocket } from "../transport/websocket.ts";
export type { CipherOptions } from "./cipher-options.ts";

/**
 * Wraps a dial so that its connections are encrypted: the option `dial` of `connect`. The handshake is Noise NK, with new keys for
 * each connection. Connecting rejects with UNAVAILABLE when the server does not hold the key.
 *
 * @param dial opens the connection: `dial` of `@photinus/client/node`, or {@link dialWebSocket}
 * @param options the gate's key; or a cipher of your own, which the gate must have, too
 * @throws PhotinusError INVALID_ARGUMENT for an invalid key
 */
export function cipher(dial: Dial, options: CipherOptions | CipherClient): Dial {
  const client =
    isRecord(options) && "begin" in options ? (options as CipherClient) : nkClient(options as CipherOptions);
  return async (url, dialOptions) => {
    const inner = await dial(url, dialOptions);
    return openCipher(inner, client, dialOptions.signal);
  };
}

function nkClient(options: CipherOptions): CipherClient {
  const { gateKey, suite } = resolved(cipherRule, options);
  const key = typeof gateKey === "string" ? fromBase64Url(gateKey) : new Uint8Array(gateKey);
  return new NkCipherClient(noblePrimitives(suite), key);
}

/** Decodes base64url (RFC 4648, section 5) of 32 bytes. */
function fromBase64Url(text: string): Uint8Array {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const bytes = new Uint8Array(keyBytes);
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const letter of text) {
    value = ((value << 6) | digits.indexOf(letter)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = value >>> bits;
  }
  return bytes;
}
