import { fail, isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";

/**
 * Values of the protobuf types, given back as they are; whatever the type does not hold is refused: a fraction, NaN, null,
 * undefined, a text, a number beyond the type. The engine inlines them where they are called, so they are small, and do
 * nothing but throw: a call that returned would cost what is known of the message so far.
 */

const two63 = 2 ** 63;
const two64 = 2 ** 64;
/** The least number that is nearer to 2^128 than to the largest float. */
const beyondFloat = 2 ** 128 - 2 ** 103;

/** uint32 and fixed32. */
export function checkUint32(value: number): number {
  if (value >>> 0 !== value) throw wrong(value, "uint32");
  return value;
}

/** int32, sint32, sfixed32 and enums. */
export function checkInt32(value: number): number {
  if ((value | 0) !== value) throw wrong(value, "int32");
  return value;
}

/** uint64 and fixed64. */
export function checkUint64(value: bigint): bigint {
  if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) throw wrong(value, "uint64");
  return value;
}

/** int64, sint64 and sfixed64. */
export function checkInt64(value: bigint): bigint {
  if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) throw wrong(value, "int64");
  return value;
}

/** uint64 and fixed64 held in a number. */
export function checkUint53(value: number): number {
  if (value >>> 0 !== value && !isUint53(value)) throw wrong(value, "uint64");
  return value;
}

/** int64, sint64 and sfixed64 held in a number. */
export function checkInt53(value: number): number {
  if ((value | 0) !== value && !isInt53(value)) throw wrong(value, "int64");
  return value;
}

/** NaN and both infinities are floats; other numbers are rounded to the nearest one. */
export function checkFloat(value: number): number {
  if (typeof value !== "number" || (Math.abs(value) >= beyondFloat && Number.isFinite(value))) {
    throw wrong(value, "float");
  }
  return value;
}

export function checkDouble(value: number): number {
  if (typeof value !== "number") throw wrong(value, "double");
  return value;
}

export function checkBool(value: boolean): boolean {
  if (typeof value !== "boolean") throw wrong(value, "bool");
  return value;
}

/** Bytes are a Uint8Array, also of another realm, which instanceof would not know. */
export function checkBytes(value: Uint8Array): Uint8Array {
  if (!ArrayBuffer.isView(value) || value.BYTES_PER_ELEMENT !== 1) throw wrong(value, "bytes");
  return value;
}

const none: readonly never[] = Object.freeze([]);

/** What a `repeated` field holds; nothing when it is undefined. */
export function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : otherList(value);
}

/** What a map holds; nothing when it is undefined. */
export function mapOf<K, T>(value: ReadonlyMap<K, T> | undefined): ReadonlyMap<K, T> {
  return value instanceof Map ? value : otherMap(value);
}

function isUint53(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < two64;
}

function isInt53(value: number): boolean {
  return Number.isInteger(value) && value >= -two63 && value < two63;
}

function otherList<T>(value: unknown): readonly T[] {
  if (value === undefined) return none;
  // Numbers may be in an array of their own type.
  if (ArrayBuffer.isView(value)) return value as unknown as readonly T[];
  throw wrong(value, "list");
}

function otherMap<K, T>(value: unknown): ReadonlyMap<K, T> {
  if (value === undefined) return new Map();
  throw wrong(value, "Map");
}

/** The refusal of a value that its field cannot hold. It does not know the field; {@link located} finds that. */
class WrongValue extends Error {}

/** The error of a value that is not what it should be: "1.5 is no uint32". No text and no bytes are shown: they may be secret. */
export function wrong(value: unknown, expected: string): Error {
  return new WrongValue(`${shown(value)} is no ${expected}`);
}

/** The error of a oneof that has none of its members. */
export function wrongCase(oneof: unknown): Error {
  return wrong(oneof, "member of the oneof");
}

function shown(value: unknown): string {
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  // The text of a huge bigint takes long to make, and nobody would read it.
  if (typeof value === "bigint" && BigInt.asIntN(99, value) === value) return `${value}n`;
  if (Array.isArray(value)) return "a list";
  if (value === undefined) return "undefined";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/**
 * The error of a value that could not be written, with the path to what is wrong with it, in names of properties:
 * INVALID_ARGUMENT "meadow.Step.position.x: null is no float". The path costs nothing until then: the value is written once
 * more, and watched for what is looked at last. Entries of a map are numbered: their keys may be secret, too.
 */
export function located<T>(name: string, write: (value: T) => void, value: T, error: unknown): PhotinusError {
  if (isPhotinusError(error)) return error;
  let path = "";
  let held: unknown;
  const look = (item: unknown, at: string): unknown => {
    path = at;
    held = item;
    if (typeof item !== "object" || item === null || ArrayBuffer.isView(item)) return item;
    if (item instanceof Map) {
      return Object.assign(new Map(), {
        *[Symbol.iterator]() {
          let n = 0;
          for (const [key, entry] of item) yield [key, look(entry, `${at}[${n++}]`)];
        },
      });
    }
    const isList = Array.isArray(item);
    // Of an empty object: one of the item itself would have to give what is frozen in it, unwatched.
    return new Proxy(isList ? [] : {}, {
      get(_target, key) {
        const inner: unknown = Reflect.get(item, key);
        // What every object or list has: the engine looks for it, to make a number of the item.
        const isMethod = typeof inner === "function" && !Object.hasOwn(item, key);
        if (typeof key === "symbol" || isMethod || (isList && key === "length")) return inner;
        return look(inner, isList ? `${at}[${key}]` : `${at}.${key}`);
      },
    });
  };
  let found = error;
  try {
    write(look(value, "") as T);
  } catch (again) {
    found = again;
  }
  return fail("INVALID_ARGUMENT", `${name}${path}: ${reasonOf(found, held)}`, { cause: error });
}

/** `held` is what was looked at last, which the engine itself may have refused: to look into it, or to count with it. */
function reasonOf(error: unknown, held: unknown): string {
  if (error instanceof WrongValue) return error.message;
  if (typeof held === "bigint") return `${shown(held)} is no number`;
  return held === null || held === undefined ? `${shown(held)} is no message` : String(error);
}
