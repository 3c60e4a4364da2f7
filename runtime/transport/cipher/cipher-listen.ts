import { fail } from "../../../schema/errors.ts";
import { rateRule } from "../../clock/clock-rules.ts";
import type { Rate } from "../../clock/rate-limit.ts";
import type { Logger } from "../../log/logger.ts";
import { filled } from "../../options/address-rules.ts";
import { type Given, object, optional, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { choice, flag, leaf, list, said } from "../../options/rule-kinds.ts";
import { type CipherServer, cipherMagic, firstOwnCipherId } from "../../wire/cipher/cipher.ts";
import { NkCipherServer } from "../../wire/cipher/nk-cipher.ts";
import type { NoiseCipherName } from "../../wire/cipher/noise-primitives.ts";
import type { FrameFormat } from "../../wire/frame/frame-format.ts";
import { cipherServerRule, defaultHandshakeRate, type PortCipher } from "./cipher-options.ts";
import { GateKeys } from "./gate-keys.ts";
import { nodePrimitives } from "./node-primitives.ts";

/**
 * Encryption of a gate's client port by Photinus itself, for raw TCP and for engines without TLS. Where TLS is possible, TLS is
 * better.
 */
export interface CipherListen {
  /**
   * Path of the gate's private keys, which `photinus keygen gate` makes: one in each line, all of them accepted. A changed file is
   * read again within a second. Gates between which sessions move need the same keys.
   */
  readonly keyFile?: string;
  /** Name of an environment variable with private keys, separated by commas. */
  readonly keyEnv?: string;
  /** Ciphers that clients may choose. Default: both, "ChaChaPoly" and "AESGCM". */
  readonly suites?: readonly NoiseCipherName[];
  /** Whether connections without this encryption are refused, unless they run in TLS. Default true. */
  readonly required?: boolean;
  /** Handshakes of all connections together; further ones wait, at most `handshakeMs`. Default 250 in a second. */
  readonly handshakeRate?: Rate;
  /** Ciphers of your own, with ids from 128 to 255. Default: none. */
  readonly own?: readonly CipherServer[];
}

const ownCipher = leaf<CipherServer>(
  "instance",
  `a cipher with id, helloBytes and accept; the id from ${firstOwnCipherId} to 255`,
  (value) => {
    const id = cipherServerRule.accepts?.(value) === true ? (value as CipherServer).id : 0;
    return (id & 255) === id && id >= firstOwnCipherId;
  },
);

/** Rule that checks {@link CipherListen} and fills in defaults. */
export const cipherListenRule = object(
  {
    keyFile: optional(filled("the path of a key file")),
    keyEnv: optional(filled("the name of an environment variable")),
    suites: withDefault(list(choice(["ChaChaPoly", "AESGCM"]), 1, "ciphers"), ["ChaChaPoly", "AESGCM"]),
    required: withDefault(flag, true),
    handshakeRate: withDefault(rateRule, defaultHandshakeRate),
    own: withDefault(list(ownCipher, 0, "ciphers"), []),
  } satisfies RulesOf<CipherListen>,
  {
    renamed: { key: "keyFile", keys: "keyFile" },
    together({ keyFile, keyEnv, own }, path, report) {
      if (keyFile !== undefined || keyEnv !== undefined || own.length > 0) return;
      const remedy = "name a keyFile, made by: photinus keygen gate --out FILE";
      report("missing-option", path, undefined, said("the cipher has no key", remedy));
    },
  },
);

/** Ciphers of a client port, with their keys. */
export interface OpenCipher {
  readonly port: PortCipher;
  /** Public keys, as clients pin them. */
  readonly publicKeys: readonly string[];
}

/**
 * Reads the keys of a client port's encryption and makes its ciphers. Throws FAILED_PRECONDITION that names the file or variable
 * of an unusable key, and INVALID_ARGUMENT when frames begin as encrypted connections do.
 */
export function cipherOf(
  listen: Given<typeof cipherListenRule>,
  frame: FrameFormat,
  { clock, log }: { readonly clock: { now(): number }; readonly log: Logger },
): OpenCipher {
  if (frame.head.join() === cipherMagic.join()) {
    const remedy = "choose four other bytes";
    throw fail("INVALID_ARGUMENT", `frame.head: these bytes begin an encrypted connection; ${remedy}`);
  }
  const { suites, own, required, handshakeRate } = listen;
  const keys = new GateKeys(listen, clock, log);
  const supplied = keys.publicKeys.length > 0 ? [...new Set(suites)] : [];
  return {
    port: {
      ciphers: [...supplied.map((suite) => new NkCipherServer(nodePrimitives(suite), keys)), ...own],
      required,
      handshakeRate,
    },
    publicKeys: keys.publicKeys,
  };
}
