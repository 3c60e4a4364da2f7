import { fail, type PhotinusError } from "../../../schema/errors.ts";
import { type PushAddress, targetKind } from "../../rpc/envelope/message-kinds.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";

const encoder = new TextEncoder();
const largest64 = 2n ** 64n - 1n;
const largest32 = 0xffffffff;

/**
 * Arguments of a map-form call from a peer in any language. Each method checks and returns one argument, and throws
 * INVALID_ARGUMENT with the call's usage when the value does not fit.
 */
export class MapFormArguments {
  readonly #usage: string;
  readonly #values: readonly unknown[];

  /** @param usage Signature of the call for error texts: "join(session, group)". */
  constructor(usage: string, values: readonly unknown[]) {
    this.#usage = usage;
    this.#values = values;
  }

  /** Returns whether an optional argument was given and is not nil. */
  has(index: number): boolean {
    return this.#values[index] !== undefined && this.#values[index] !== null;
  }

  /** Returns an integer from 0 to `most`. */
  integer(index: number, what: string, most: number): number {
    return this.#integer(this.#values[index], what, most);
  }

  /** Returns a session id, an integer from 0 to 2^32 - 1. */
  session(index: number): number {
    return this.#session(this.#values[index]);
  }

  /** Returns a user id, 1 to 2^64 - 1. */
  user(index: number): bigint {
    return this.#user(this.#values[index]);
  }

  /** Returns a text. */
  text(index: number, what: string): string {
    return this.#text(this.#values[index], what);
  }

  /** Returns an array of texts. */
  texts(index: number, what: string): string[] {
    const value = this.#values[index];
    if (!Array.isArray(value)) throw this.#wrong(what, "an array of texts", value);
    return value.map((one) => this.#text(one, what));
  }

  /** Returns a boolean; false when the argument is missing or nil. */
  flag(index: number, what: string): boolean {
    const value = this.#values[index] ?? false;
    if (typeof value !== "boolean") throw this.#wrong(what, "true or false", value);
    return value;
  }

  /** Returns a body: bytes as given, text as UTF-8, empty for nil or a missing argument. */
  body(index: number): Uint8Array {
    const value = this.#values[index];
    if (value === undefined || value === null) return emptyBytes;
    if (value instanceof Uint8Array) return value;
    if (typeof value === "string") return encoder.encode(value);
    throw this.#wrong("body", "bytes, text or nil", value);
  }

  /** Returns the receivers of a push from two arguments, targetKind and target, as in a PUSH of the compact form. */
  address(kindIndex: number): PushAddress {
    const kind = this.integer(kindIndex, "targetKind", targetKind.groupExcept);
    const value = this.#values[kindIndex + 1];
    switch (kind) {
      case targetKind.session:
        return { kind: "session", session: this.#session(value) };
      case targetKind.sessions:
        if (!Array.isArray(value)) throw this.#wrong("target", "an array of session ids", value);
        return { kind: "sessions", sessions: value.map((id) => this.#session(id)) };
      case targetKind.user:
        return { kind: "user", user: this.#user(value) };
      case targetKind.group:
        return { kind: "group", group: this.#text(value, "target") };
      case targetKind.groupExcept:
        if (!Array.isArray(value) || value.length !== 2)
          throw this.#wrong("target", "[group, session]", value);
        return { kind: "group", group: this.#text(value[0], "group"), except: this.#session(value[1]) };
      default:
        if (value !== undefined && value !== null) throw this.#wrong("target", "nil, for everyone", value);
        return { kind: "everyone" };
    }
  }

  #session(value: unknown): number {
    return this.#integer(value, "session", largest32);
  }

  #user(value: unknown): bigint {
    const id = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
    if (typeof id === "bigint" && id >= 1n && id <= largest64) return id;
    throw this.#wrong("user", "an integer from 1 to 2^64 - 1", value);
  }

  #text(value: unknown, what: string): string {
    if (typeof value === "string") return value;
    throw this.#wrong(what, "text", value);
  }

  #integer(value: unknown, what: string, most: number): number {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
    throw this.#wrong(what, `an integer from 0 to ${most}`, value);
  }

  /** Returns the error of an invalid argument. */
  #wrong(what: string, expected: string, found: unknown): PhotinusError {
    return fail("INVALID_ARGUMENT", `${this.#usage}: ${what} must be ${expected}, not ${typeName(found)}`);
  }
}

/** Names the type of a value for an error text. Only numbers are shown: other values may be long and come from a peer. */
function typeName(value: unknown): string {
  if (value === undefined || value === null) return "nil";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof Uint8Array) return "bytes";
  return typeof value === "object" ? "a map" : typeof value === "string" ? "text" : `a ${typeof value}`;
}
