import { fail, isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";

/**
 * Checks of values before they are written, one function for each protobuf type. Each returns the value unchanged, and
 * throws for a value that the type cannot hold: a fraction, NaN, null, undefined, a string, a number out of range. The
 * functions are small so that the engine inlines them, and the error path only throws: a call that returned would make the
 * engine drop what it has in registers.
 */

const two63 = 0x8000_0000_0000_0000;
const two64 = 0x1_0000_0000_0000_0000;
/** Smallest number that rounds to 2^128 instead of to the largest float: 2^128 - 2^103. */
const beyondFloat = 3.4028235677973366e38;

/** Checks a uint32 or fixed32. */
export function checkUint32(value: number): number {
  if (value >>> 0 !== value) throw wrong(value, "uint32");
  return value;
}

/** Checks an int32, sint32, sfixed32 or enum. */
export function checkInt32(value: number): number {
  if ((value | 0) !== value) throw wrong(value, "int32");
  return value;
}

/** Checks a uint64 or fixed64. */
export function checkUint64(value: bigint): bigint {
  if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) throw wrong(value, "uint64");
  return value;
}

/** Checks an int64, sint64 or sfixed64. */
export function checkInt64(value: bigint): bigint {
  if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) throw wrong(value, "int64");
  return value;
}

/** Checks a uint64 or fixed64 whose field has `jstype = JS_NUMBER`. */
export function checkUint53(value: number): number {
  if (value >>> 0 !== value && !isUint53(value)) throw wrong(value, "uint64");
  return value;
}

/** Checks an int64, sint64 or sfixed64 whose field has `jstype = JS_NUMBER`. */
export function checkInt53(value: number): number {
  if ((value | 0) !== value && !isInt53(value)) throw wrong(value, "int64");
  return value;
}

/** Checks a float. NaN and both infinities are valid; other numbers are rounded to the nearest float. */
export function checkFloat(value: number): number {
  if (typeof value !== "number" || (Math.abs(value) >= beyondFloat && Number.isFinite(value))) {
    throw wrong(value, "float");
  }
  return value;
}

/** Checks a double. All numbers are valid, NaN and both infinities included. */
export function checkDouble(value: number): number {
  if (typeof value !== "number") throw wrong(value, "double");
  return value;
}

/** Checks a bool. */
export function checkBool(value: boolean): boolean {
  if (typeof value !== "boolean") throw wrong(value, "bool");
  return value;
}

/** Checks a Uint8Array, also one of another realm, which `instanceof` would refuse. */
export function checkBytes(value: Uint8Array): Uint8Array {
  if (!ArrayBuffer.isView(value) || value.BYTES_PER_ELEMENT !== 1) throw wrong(value, "bytes");
  return value;
}

/** Whether a value can be a message: an object that is not one of the engine's containers, which hold no fields. */
export function isMessage(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    // First `instanceof`, at which `located` notes the value.
    !(value instanceof Map || value instanceof Set || value instanceof Date || value instanceof Promise) &&
    !Array.isArray(value)
  );
}

const none: readonly never[] = /* @__PURE__ */ Object.freeze([]);
/** Returned as a read-only map only. */
const noEntries: ReadonlyMap<never, never> = new Map<never, never>();

/** Items of a `repeated` field; an empty list for undefined. */
export function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : otherList(value);
}

/** Entries of a map field; none for undefined. */
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
  // A list of numbers may be a typed array.
  if (ArrayBuffer.isView(value)) return value as unknown as readonly T[];
  throw wrong(value, "list");
}

function otherMap<K, T>(value: unknown): ReadonlyMap<K, T> {
  if (value === undefined) return noEntries;
  throw wrong(value, "Map");
}

/** Error of a value that its field cannot hold. The field is unknown here; {@link located} finds the path. */
class WrongValue extends Error {}

/**
 * Creates the error of a value of a wrong type: "expected uint32, found a fraction". The value itself is not shown: it
 * may be personal or secret.
 */
export function wrong(value: unknown, expected: string): Error {
  return new WrongValue(`expected ${expected}, found ${shown(value)}`);
}

/** Creates the error of a oneof whose `case` names none of its members. */
export function wrongCase(oneof: unknown): Error {
  return wrong(oneof, "member of the oneof");
}

function shown(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" && value % 1) return "a fraction";
  return `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
}

/**
 * Error of a value that cannot be written, with the path of the wrong property: INVALID_ARGUMENT
 * "meadow.Step.position.x: expected float, found null". A successful write pays nothing for the path: a failed one is
 * repeated through a proxy that records the last property read. Map entries are numbered in the path, because keys may
 * be secret.
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
    // A proxy of the item itself would have to return its frozen properties unwatched, so the target is an empty object.
    return new Proxy(isList ? [] : {}, {
      get(_target, key) {
        // Noted first: a getter may throw.
        held = item;
        path = isList ? `${at}[${String(key)}]` : `${at}.${String(key)}`;
        const inner: unknown = Reflect.get(item, key);
        // Properties of every object or list: the engine reads them to convert the item to a number.
        const isMethod = typeof inner === "function" && !Object.hasOwn(item, key);
        if (typeof key !== "symbol" && !isMethod && !(isList && key === "length")) return look(inner, path);
        path = at;
        return inner;
      },
      // Read by `instanceof`, which asks what the item itself is.
      getPrototypeOf() {
        path = at;
        return Reflect.getPrototypeOf(item);
      },
    });
  };
  let found = error;
  try {
    write(look(value, "") as T);
  } catch (again) {
    found = again;
  }
  // Without a cause: an engine's message may quote the value, and the path says more than its stack.
  return fail("INVALID_ARGUMENT", `${name}${path}: ${refusalReason(found, held)}`);
}

/**
 * Describes the failure. `held` is the value read last. The engine itself may have thrown, reading a property of that
 * value or computing with it.
 */
function refusalReason(error: unknown, held: unknown): string {
  if (error instanceof WrongValue) return error.message;
  if (typeof held === "bigint") return `expected number, found ${shown(held)}`;
  if (held === null || held === undefined) return `expected message, found ${shown(held)}`;
  // Messages of the engine quote values: "Cannot convert ada to a BigInt".
  return /^(Type|Range|Syntax)Error/.test(String(error)) ? "unreadable" : String(error);
}
