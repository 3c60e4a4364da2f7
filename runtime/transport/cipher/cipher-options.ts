import { rateRule } from "../../clock/clock-rules.ts";
import type { Rate } from "../../clock/rate-limit.ts";
import { object, type RulesOf, required, withDefault } from "../../options/option-rules.ts";
import { flag, having, list } from "../../options/rule-kinds.ts";
import type { CipherServer } from "../../wire/cipher/cipher.ts";

/** Ciphers of a port. */
export interface PortCipher {
  /** Ciphers that clients may use, each with an id of its own. */
  readonly ciphers: readonly CipherServer[];
  /** Whether connections without encryption are refused. Default false. */
  readonly required?: boolean;
  /** Handshakes of all connections together; further ones wait. Default 250 in a second. */
  readonly handshakeRate?: Rate;
}

/** Default of {@link PortCipher.handshakeRate}: less than a tenth of a processor. */
export const defaultHandshakeRate: Rate = Object.freeze({ count: 250, perMs: 1_000 });

/** Rule of a cipher on the server's side. */
export const cipherServerRule = having<CipherServer>(
  "a cipher with id, helloBytes and accept",
  "id",
  "helloBytes",
  "accept",
);

/** Rule that checks {@link PortCipher} and fills in defaults. */
export const portCipherRule = object({
  ciphers: required(list(cipherServerRule, 1, "ciphers")),
  required: withDefault(flag, false),
  handshakeRate: withDefault(rateRule, defaultHandshakeRate),
} satisfies RulesOf<PortCipher>);
