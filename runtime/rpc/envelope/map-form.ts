import { Packr } from "msgpackr";
import { fail } from "../../../schema/errors.ts";
import { checkShape, isMapKey, keyName, type MemberRange } from "./envelope-shape.ts";
import { IllegalMessageError, maxDepth } from "./message-kinds.ts";

/** The reference's envelope, for peers in any language: a map that every msgpack library can write. */
export interface MapMessage {
  readonly type: "ASK" | "NOTICE" | "ANSWER";
  /** Of an ANSWER: the key of the ASK. */
  readonly key: unknown;
  /** Of an ASK: the msgpack bytes of its key, which the answer repeats. Otherwise empty. */
  readonly keyBytes: Uint8Array;
  /** ASK and NOTICE; undefined when it is missing or not a string. */
  readonly name: string | undefined;
  /** Undefined when it is neither missing, nil, nor an array. */
  readonly args: unknown[] | undefined;
  readonly kw: Record<string, unknown> | undefined;
  readonly result: unknown;
  /** Undefined or null: none. */
  readonly error: unknown;
}

/** True when a message is in the map form, judged by its first byte. */
export function isMapForm(head: number): boolean {
  return (head >= 0x80 && head <= 0x8f) || head === 0xde || head === 0xdf;
}

/** Packs and unpacks the map form: plain msgpack, none of msgpackr's own extensions. */
export class MapForm {
  readonly #packr = new Packr({
    useRecords: false,
    mapsAsObjects: true,
    variableMapSize: true,
    encodeUndefinedAsNil: true,
    // Documented, but missing in the declared type: 64-bit integers become numbers where these are exact.
    ...({ int64AsType: "auto" } as object),
  });

  /** Throws {@link IllegalMessageError}. Binaries in the result are copies. */
  read(bytes: Uint8Array, start: number, end: number): MapMessage {
    const key = checkShape(bytes, start, end);
    // A copy, since binaries would otherwise be views of a buffer that is used again; not slice(), which a Buffer shares.
    const message: unknown = this.#packr.unpack(new Uint8Array(bytes.subarray(start, end)));
    if (!isRecord(message)) throw new IllegalMessageError("type");
    const type = message["_msgtype"];
    if (type !== "ASK" && type !== "NOTICE" && type !== "ANSWER") throw new IllegalMessageError("kind");
    const { _name: name, _args: args, _kw: kw } = message;
    return {
      type,
      key: message["_key"],
      keyBytes: type === "ASK" ? askKey(bytes, key) : empty,
      name: typeof name === "string" ? name : undefined,
      args: args === undefined || args === null ? [] : Array.isArray(args) ? args : undefined,
      kw: kw === undefined || kw === null ? {} : isRecord(kw) ? kw : undefined,
      result: message["result"],
      // A peer may say "no error" by false; an empty text is the error of an exception without a text.
      error: message["error"] === false ? undefined : message["error"],
    };
  }

  /** Throws INVALID_ARGUMENT for what msgpack cannot carry. The result is valid until the next call. */
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

  /** `keyBytes` is the key of the ASK as it came. Throws like {@link ask}. */
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

const empty = new Uint8Array(0);

/** The longest `_key`, with its msgpack head. It is held while its call is served. */
const longestKeyBytes = 256;

/**
 * The msgpack bytes of an ASK's `_key`, as a copy, so that the answer carries the key exactly as it came, whatever the
 * languages at both ends make of integers, floats and texts. Throws {@link IllegalMessageError} "key" unless it is an integer,
 * a float, a text or a binary of at most {@link longestKeyBytes}: an ASK that cannot be answered is none.
 */
function askKey(bytes: Uint8Array, { start, end }: MemberRange): Uint8Array {
  const head = bytes[start]!;
  const isKey = isMapKey(head) || head === 0xca || head === 0xcb;
  if (end <= start || end - start > longestKeyBytes || !isKey) throw new IllegalMessageError("key");
  return new Uint8Array(bytes.subarray(start, end));
}

/** Adds the member `_key`, packed already, to a packed map of less than 15 members. */
function withKey(keyBytes: Uint8Array, packed: Uint8Array): Uint8Array {
  const message = new Uint8Array(packed.length + keyName.length + keyBytes.length);
  message.set(packed);
  message[0]!++;
  message.set(keyName, packed.length);
  message.set(keyBytes, packed.length + keyName.length);
  return message;
}

/**
 * A copy that msgpackr packs to plain msgpack which any library reads back as it was meant: whole numbers beyond 32 bits
 * stay integers, and what would silently become something else is refused.
 */
function packable(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw fail("INVALID_ARGUMENT", "the value is nested too deep, or holds itself");
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
        throw fail("INVALID_ARGUMENT", "the integer is too large");
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
