/**
 * The encryption of `@photinus/client` for raw TCP, and for engines without TLS. Pages use "wss://" instead.
 * @packageDocumentation
 */

import {
  isRecord,
  object,
  type RulesOf,
  required,
  withDefault,
} from "../../../../runtime/options/option-rules.ts";
import { choice, leaf } from "../../../../runtime/options/rule-kinds.ts";
import type { CipherClient } from "../../../../runtime/wire/cipher/cipher.ts";
import { NkCipherClient } from "../../../../runtime/wire/cipher/nk-cipher.ts";
import { keyBytes, type NoiseCipherName } from "../../../../runtime/wire/cipher/noise-primitives.ts";
import type { Dial } from "../channel/dial.ts";
import { resolved } from "../check-options.ts";
import { openCipher } from "./dial-cipher.ts";
import { noblePrimitives } from "./noble-primitives.ts";

export type {
  CipherClient,
  CipherGreeting,
  RecordCipher,
} from "../../../../runtime/wire/cipher/cipher.ts";
export type { NoiseCipherName } from "../../../../runtime/wire/cipher/noise-primitives.ts";
export { dialWebSocket } from "../transport/websocket.ts";

/** Options of {@link cipher} for the supplied ciphers. */
export interface CipherOptions {
  /**
   * Public key of the gate, which `photinus keygen gate` prints: 43 characters of base64url, or 32 bytes. A gate without the
   * private key cannot open the connection. Gates between which sessions move share a key.
   */
  readonly gateKey: string | Uint8Array;
  /**
   * Cipher of the records. Default "ChaChaPoly", the faster one without hardware for AES; "AESGCM" where a rule demands it.
   */
  readonly suite?: NoiseCipherName;
}

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

/** Rule that checks {@link CipherOptions} and fills in defaults. */
export const cipherRule = object({
  gateKey: required(
    leaf<string | Uint8Array>(
      "anything",
      "a public key of 43 characters of base64url, or of 32 bytes",
      (key) => (typeof key === "string" ? /^[\w-]{43}$/.test(key) : isKey(key)),
    ),
  ),
  suite: withDefault(choice(["ChaChaPoly", "AESGCM"]), "ChaChaPoly"),
} satisfies RulesOf<CipherOptions>);

function isKey(value: unknown): boolean {
  return value instanceof Uint8Array && value.length === keyBytes;
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
