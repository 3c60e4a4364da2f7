import { readFileSync, statSync } from "node:fs";
import { fail } from "../../../schema/errors.ts";
import type { Logger } from "../../log/logger.ts";
import type { StaticKeys } from "../../wire/cipher/nk-cipher.ts";
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

/** Shortest time between two checks of a key file, in ms. */
const checkMs = 1_000;

/**
 * Private keys of a gate. A handshake checks whether the key file has changed, at most once in a second, and then reads it again.
 * A bad file is logged once, and the former keys stay.
 */
export class GateKeys implements StaticKeys {
  readonly #places: GateKeyPlaces;
  readonly #clock: { now(): number };
  readonly #log: Logger;
  #keys: readonly KeyPair[];
  #checkedMs: number;
  #stamp: string;

  /** Throws as {@link readGateKeys} does. */
  constructor(places: GateKeyPlaces, clock: { now(): number }, log: Logger) {
    this.#places = places;
    this.#clock = clock;
    this.#log = log;
    this.#checkedMs = clock.now();
    this.#stamp = stampOf(places.keyFile);
    this.#keys = readGateKeys(places);
  }

  get current(): readonly KeyPair[] {
    const now = this.#clock.now();
    if (this.#places.keyFile !== undefined && now - this.#checkedMs >= checkMs) {
      this.#checkedMs = now;
      this.#check();
    }
    return this.#keys;
  }

  /** Public keys, as clients pin them. */
  get publicKeys(): readonly string[] {
    return this.#keys.map(publicKeyText);
  }

  #check(): void {
    const stamp = stampOf(this.#places.keyFile);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    try {
      this.#keys = readGateKeys(this.#places);
      this.#log.info({ publicKeys: this.publicKeys }, "cipher keys reloaded");
    } catch (error) {
      this.#log.error({ err: error }, "cipher keys not reloaded; the former ones stay in use");
    }
  }
}

/** Text that changes with the file: "missing" for a file that cannot be read. */
function stampOf(file: string | undefined): string {
  const found = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "missing" : `${found.ino} ${found.size} ${found.mtimeMs}`;
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
