import { Packr } from "msgpackr";
import { fail } from "../../../schema/errors.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import { checkShape, isMapKey, keyName, type MemberRange } from "./envelope-shape.ts";
import { IllegalMessageError, maxDepth } from "./message-kinds.ts";

/** A message of the map form, for peers in any language: a map that every msgpack library can write. */
export interface MapMessage {
  readonly type: "ASK" | "NOTICE" | "ANSWER";
  /** Key of the answered ASK (ANSWER only). */
  readonly key: unknown;
  /** Msgpack bytes of the key (ASK only), which the answer repeats. Empty otherwise. */
  readonly keyBytes: Uint8Array;
  /** Name of the called function (ASK, NOTICE). Undefined when the member is missing or not a string. */
  readonly name: string | undefined;
  /** Positional arguments; empty when the member is missing or nil. Undefined when the member is not an array. */
  readonly args: unknown[] | undefined;
  readonly kw: Record<string, unknown> | undefined;
  readonly result: unknown;
  /** Error of the answer; undefined or null in a successful one. */
  readonly error: unknown;
}

/** Whether a message is in the map form, by its first byte. */
export function isMapForm(head: number): boolean {
  return (head >= 0x80 && head <= 0x8f) || head === 0xde || head === 0xdf;
}

/** Packs and unpacks the map form: plain msgpack, without msgpackr's own extensions. */
export class MapForm {
  readonly #packr = new Packr({
    useRecords: false,
    mapsAsObjects: true,
    variableMapSize: true,
    encodeUndefinedAsNil: true,
    // Documented by msgpackr, but missing in its types: 64-bit integers become numbers where a number is exact.
    ...({ int64AsType: "auto" } as object),
  });

  /**
   * Unpacks one message that fills the range. Binaries in the result are copies. Throws {@link IllegalMessageError}.
   */
  read(bytes: Uint8Array, start: number, end: number): MapMessage {
    const key = checkShape(bytes, start, end);
    // The copy keeps binaries from being views of a buffer that is reused. `slice()` would not do: a Buffer's shares
    // memory.
    const message: unknown = this.#packr.unpack(new Uint8Array(bytes.subarray(start, end)));
    if (!isRecord(message)) throw new IllegalMessageError("type");
    const type = message["_msgtype"];
    if (type !== "ASK" && type !== "NOTICE" && type !== "ANSWER") throw new IllegalMessageError("kind");
    const { _name: name, _args: args, _kw: kw } = message;
    return {
      type,
      key: message["_key"],
      keyBytes: type === "ASK" ? askKey(bytes, key) : emptyBytes,
      name: typeof name === "string" ? name : undefined,
      args: args === undefined || args === null ? [] : Array.isArray(args) ? args : undefined,
      kw: kw === undefined || kw === null ? {} : isRecord(kw) ? kw : undefined,
      result: message["result"],
      // Some peers send false for "no error". An empty text is the error of an exception without a text.
      error: message["error"] === false ? undefined : message["error"],
    };
  }

  /**
   * Packs an ASK. The result is valid until the next call. Throws INVALID_ARGUMENT for a value that msgpack cannot
   * carry.
   */
  ask(key: number, name: string, args: readonly unknown[], kw: object): Uint8Array {
    return this.#packr.pack({
      _msgtype: "ASK",
      _key: packable(key, 1),
      _name: name,
      _args: packable(args, 1),
      _kw: packable(kw, 1),
    });
  }

  notice(name: string, args: readonly unknown[], kw: object): Uint8Array {
    return this.#packr.pack({
      _msgtype: "NOTICE",
      _key: null,
      _name: name,
      _args: packable(args, 1),
      _kw: packable(kw, 1),
    });
  }

  /** Packs an ANSWER; `keyBytes` is the key of the ASK as received. Throws as {@link ask} does. */
  answer(keyBytes: Uint8Array, result: unknown): Uint8Array {
    return withKey(
      keyBytes,
      this.#packr.pack({ _msgtype: "ANSWER", result: packable(result, 1), error: null }),
    );
  }

  failure(keyBytes: Uint8Array, error: string): Uint8Array {
    return withKey(keyBytes, this.#packr.pack({ _msgtype: "ANSWER", result: null, error }));
  }
}

/** Longest `_key`, in bytes with its msgpack head. The key is held while its call is served. */
const longestKeyBytes = 256;

/**
 * Copies the msgpack bytes of an ASK's `_key`, so that the answer repeats the key exactly, however the languages at
 * both ends treat integers, floats and texts. Throws {@link IllegalMessageError} "key" unless the key is an integer, a
 * float, a text or a binary of at most {@link longestKeyBytes} bytes: an ASK without a usable key cannot be answered.
 */
function askKey(bytes: Uint8Array, { start, end }: MemberRange): Uint8Array {
  const head = bytes[start]!;
  const isKey = isMapKey(head) || head === 0xca || head === 0xcb;
  if (end <= start || end - start > longestKeyBytes || !isKey) throw new IllegalMessageError("key");
  return new Uint8Array(bytes.subarray(start, end));
}

/** Adds the packed member `_key` to a packed map of less than 15 members. */
function withKey(keyBytes: Uint8Array, packed: Uint8Array): Uint8Array {
  const message = new Uint8Array(packed.length + keyName.length + keyBytes.length);
  message.set(packed);
  message[0]!++;
  message.set(keyName, packed.length);
  message.set(keyBytes, packed.length + keyName.length);
  return message;
}

/**
 * Copies a value so that msgpackr packs it to plain msgpack that any library reads back unchanged. Whole numbers beyond
 * 32 bits stay integers. A value that would silently change its type is rejected with INVALID_ARGUMENT.
 */
function packable(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw fail("INVALID_ARGUMENT", "the value is nested too deep, or contains itself");
  switch (typeof value) {
    case "undefined":
      return null;
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isSafeInteger(value) && Math.abs(value) > 0x7fffffff ? BigInt(value) : value;
    case "bigint":
      if (value > 0xffffffffffffffffn || value < -0x8000000000000000n)
        throw fail("INVALID_ARGUMENT", "the integer does not fit in 64 bits");
      return value;
    case "object":
      break;
    default:
      throw fail("INVALID_ARGUMENT", `a ${typeof value} cannot be packed`);
  }
  if (value === null || value instanceof Uint8Array || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((element) => packable(element, depth + 1));
  if (value instanceof Map) {
    return new Map(
      [...value].map(([key, element]) => [packable(key, depth + 1), packable(element, depth + 1)]),
    );
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw fail("INVALID_ARGUMENT", "only plain objects, arrays, maps, dates and bytes can be packed");
  }
  return new Map(Object.entries(value).map(([key, element]) => [key, packable(element, depth + 1)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
