import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { fail, messageOf, type PhotinusError } from "../../../schema/errors.ts";
import type { Clock, Timer } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import { type KeySource, readSource } from "./key-source.ts";

/** Size of the id of a key, in bytes. */
export const keyIdBytes = 8;
/** Most keys that a process accepts at a time. */
const mostKeys = 8;
/** Fewest and most characters of a key. */
const leastChars = 32;
const mostChars = 1_024;
/** Fewest different characters of a key: 32 random hexadecimal digits with fewer are as good as impossible. */
const leastVariety = 8;
/** Interval of the checks whether a key file has changed, in ms. */
const checkMs = 1_000;

/** Shared key of links. Neither `util.inspect` nor JSON shows the secret. */
export interface LinkKey {
  /** First 8 bytes of HMAC-SHA256 of "photinus.link.key-id" under the key. */
  readonly id: Uint8Array;
  readonly secret: KeyObject;
}

/**
 * Shared keys by which gates and nodes prove themselves to one another. All keys are accepted; the gate of a link chooses the
 * first of its keys that the other side accepts as well. So a key is replaced without a stop: add the new key everywhere, then
 * remove the old one.
 */
export class LinkKeys {
  #keys: readonly LinkKey[];
  readonly #sources: readonly KeySource[];

  private constructor(keys: readonly LinkKey[], sources: readonly KeySource[]) {
    this.#keys = keys;
    this.#sources = sources;
  }

  /**
   * Makes keys of texts. Throws FAILED_PRECONDITION that names the position of a bad key: a key is 32 to 1,024 printable ASCII
   * characters without spaces, such as the output of `openssl rand -base64 32`.
   */
  static of(...texts: readonly string[]): LinkKeys {
    return new LinkKeys(bounded(texts.map((text, index) => keyOf(text, `key ${index + 1}`))), []);
  }

  /** Makes a random key, for processes that get it from the one that starts them. */
  static random(): string {
    return randomBytes(32).toString("base64");
  }

  /**
   * Reads keys from files and environment variables. Each holds one or more keys, separated by white space or new lines. Throws
   * FAILED_PRECONDITION that names the file or variable, never its content.
   */
  static read(sources: readonly KeySource[]): LinkKeys {
    return new LinkKeys(keysOf(sources), sources);
  }

  /** Accepted keys, the preferred one first. */
  get accepted(): readonly LinkKey[] {
    return this.#keys;
  }

  /** Returns the accepted key of an id. */
  find(id: Uint8Array): LinkKey | undefined {
    return this.#keys.find((key) => Buffer.compare(key.id, id) === 0);
  }

  /**
   * Reads all files and variables again. Returns whether the keys have changed. Throws as {@link read} does, and keeps the keys
   * then. Links that are open stay.
   */
  reload(): boolean {
    if (this.#sources.length === 0) return false;
    const keys = keysOf(this.#sources);
    const idsOf = (list: readonly LinkKey[]) => list.map(({ id }) => Buffer.from(id).toString("hex")).join();
    if (idsOf(keys) === idsOf(this.#keys)) return false;
    this.#keys = keys;
    return true;
  }

  /** Reloads the keys whenever a file has changed, checked each second. A bad file is logged once, and the keys stay. */
  watch(clock: Clock, log: Logger): LinkKeysWatch {
    return new LinkKeysWatch(this, clock, log);
  }

  /** Whether any key comes from a file, which may change. */
  get changes(): boolean {
    return this.#sources.some((source) => "file" in source);
  }
}

/** Watch of key files; see {@link LinkKeys.watch}. */
export class LinkKeysWatch {
  readonly #keys: LinkKeys;
  readonly #clock: Clock;
  readonly #log: Logger;
  #timer: Timer | undefined;
  #logged = "";

  constructor(keys: LinkKeys, clock: Clock, log: Logger) {
    this.#keys = keys;
    this.#clock = clock;
    this.#log = log;
    if (keys.changes) this.#wait();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wait(): void {
    this.#timer = this.#clock.after(checkMs, () => {
      this.#look();
      this.#wait();
    });
  }

  #look(): void {
    try {
      if (this.#keys.reload()) {
        this.#log.info({ count: this.#keys.accepted.length }, "link keys reloaded");
      }
      this.#logged = "";
    } catch (error) {
      const reason = messageOf(error);
      if (reason !== this.#logged)
        this.#log.error({ reason }, "link keys not reloaded; the former keys stay");
      this.#logged = reason;
    }
  }
}

/** Whether a key of the list has this id. */
export function isIdOf(key: LinkKey, id: Uint8Array): boolean {
  return Buffer.compare(key.id, id) === 0;
}

function keysOf(sources: readonly KeySource[]): readonly LinkKey[] {
  return bounded(
    sources.flatMap((source) => {
      const { place, texts } = readSource(source);
      if (texts.length === 0) throw unusable(place, "no key found");
      return texts.map((text) => keyOf(text, place));
    }),
  );
}

function bounded(keys: readonly LinkKey[]): readonly LinkKey[] {
  if (keys.length > 0 && keys.length <= mostKeys) return keys;
  throw fail("FAILED_PRECONDITION", `found ${keys.length} link keys; expected 1 to ${mostKeys}`);
}

function keyOf(text: string, place: string): LinkKey {
  if (!/^[\x21-\x7e]*$/.test(text)) throw unusable(place, "found a character that is not printable ASCII");
  if (text.length < leastChars || text.length > mostChars) {
    throw unusable(place, `found a key of ${text.length} characters`);
  }
  if (new Set(text).size < leastVariety) {
    throw unusable(place, `found a key of fewer than ${leastVariety} different characters`);
  }
  const secret = createSecretKey(text, "utf8");
  const id = createHmac("sha256", secret).update("photinus.link.key-id").digest().subarray(0, keyIdBytes);
  return { id: new Uint8Array(id), secret };
}

function unusable(place: string, wrong: string): PhotinusError {
  const expected = `expected keys of ${leastChars} to ${mostChars} characters, as openssl rand -base64 32 prints`;
  return fail("FAILED_PRECONDITION", `unusable link key in ${place}: ${wrong}; ${expected}`);
}
