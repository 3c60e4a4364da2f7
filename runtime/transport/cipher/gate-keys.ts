import { readFileSync } from "node:fs";
import { fail } from "../../../schema/errors.ts";
import { type KeyPair, keyBytes } from "../../wire/cipher/noise-primitives.ts";
import { keyPairFrom, newPrivateKey } from "./node-primitives.ts";

/** How a private key is written: 32 bytes in base64url. */
const written = /^[\w-]{43}$/;
const expected = "expected private keys of 43 characters of base64url, as photinus keygen gate writes them";

/** Where the private keys of a gate come from. */
export interface GateKeyPlaces {
  /** Path of a file with one key in each line; lines that begin with "#" are comments. */
  readonly keyFile?: string | undefined;
  /** Name of an environment variable with keys, separated by commas. */
  readonly keyEnv?: string | undefined;
}

/**
 * Reads the private keys of a gate. Throws FAILED_PRECONDITION that names the file or variable when there is no key, or text that
 * is not a key; the text itself is not in the error.
 */
export function readGateKeys({ keyFile, keyEnv }: GateKeyPlaces): readonly KeyPair[] {
  const ofFile = keyFile === undefined ? [] : keysOf(textOf(keyFile), /\r?\n/, keyFile);
  if (keyEnv === undefined) return ofFile;
  const text = process.env[keyEnv] ?? "";
  return [...ofFile, ...keysOf(text, ",", `environment variable ${keyEnv}`)];
}

/** Returns the lines of a key file for a new key, and its public key, which clients pin. */
export function newGateKey(): { readonly lines: string; readonly publicKey: string } {
  const privateKey = newPrivateKey();
  const publicKey = publicKeyText(keyPairFrom(privateKey));
  const about = "# Private key of a Photinus gate (X25519); keep it secret. Clients pin the public key:";
  const key = Buffer.from(privateKey).toString("base64url");
  return { lines: `${about}\n# ${publicKey}\n${key}\n`, publicKey };
}

/** Returns the public key as clients pin it: 43 characters of base64url. */
export function publicKeyText({ publicKey }: KeyPair): string {
  return Buffer.from(publicKey).toString("base64url");
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    const remedy = `make it with: photinus keygen gate --out ${file}`;
    throw fail("FAILED_PRECONDITION", `cannot read the gate's key file ${file}: ${code}; ${remedy}`, {
      cause,
    });
  }
}

function keysOf(text: string, separator: string | RegExp, place: string): KeyPair[] {
  const lines = text.split(separator).map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (keys.length === 0) throw fail("FAILED_PRECONDITION", `${place} has no key; ${expected}`);
  return keys.map((key, index) => {
    const bytes = Buffer.from(written.test(key) ? key : "", "base64url");
    if (bytes.length !== keyBytes) {
      throw fail("FAILED_PRECONDITION", `key ${index + 1} of ${place} is unusable; ${expected}`);
    }
    return keyPairFrom(bytes);
  });
}
