import { object, type RulesOf, required, withDefault } from "../../../../runtime/options/option-rules.ts";
import { choice, leaf } from "../../../../runtime/options/rule-kinds.ts";
import { keyBytes, type NoiseCipherName } from "../../../../runtime/wire/cipher/noise-primitives.ts";

/** Options of `cipher` for the supplied ciphers. */
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
