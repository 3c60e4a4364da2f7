import { fail, isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { type Decoder, type Encoder, encode } from "../../wire/codec/codec-runtime.ts";
import { decodeExact } from "../../wire/codec/decode-exact.ts";
import { integerRanges } from "./integer-range.ts";

/**
 * From a property's value to that of its column, for generated code; `messageOf` goes the other way. Each throws
 * INVALID_ARGUMENT for a value that the column cannot hold, or that a database would give back as another: what a table
 * accepts, it gives back as it was.
 *
 * `column` is "table.column", for the message. No message shows a text or bytes, which may be somebody's secret.
 */
export const columnValue = Object.freeze({
  int32: (column: string, value: unknown): number => whole(column, value, -0x8000_0000, 0x7fff_ffff),

  uint32: (column: string, value: unknown): number => whole(column, value, 0, 0xffff_ffff),

  int64: (column: string, value: unknown): bigint => big(column, value, "int64"),

  uint64: (column: string, value: unknown): bigint => big(column, value, "uint64"),

  /** An int64 whose property is a number. */
  int53: (column: string, value: unknown): bigint =>
    BigInt(whole(column, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),

  /** A uint64 whose property is a number. */
  uint53: (column: string, value: unknown): bigint =>
    BigInt(whole(column, value, 0, Number.MAX_SAFE_INTEGER)),

  /** Rounded to the nearest number of single precision. */
  float(column: string, value: unknown): number {
    const rounded = Math.fround(finite(column, value));
    if (!Number.isFinite(rounded)) throw refusal(column, `is beyond what a float holds: ${rounded}`);
    return rounded + 0;
  },

  /** Negative zero becomes zero. */
  double: (column: string, value: unknown): number => finite(column, value) + 0,

  bool(column: string, value: unknown): boolean {
    if (typeof value !== "boolean") throw refusal(column, `is ${kindOf(value)}, not true or false`);
    return value;
  },

  string(column: string, value: unknown, maxLength: number): string {
    if (typeof value !== "string") throw refusal(column, `is ${kindOf(value)}, not a text`);
    if (value.length > maxLength && characters(value) > maxLength) {
      throw refusal(column, `has ${characters(value)} characters; it holds ${maxLength}`);
    }
    if (!value.isWellFormed()) throw refusal(column, "has half a surrogate pair");
    return value;
  },

  /** A copy: what the caller writes into them later is not meant, though the store may take them up only then. */
  bytes(column: string, value: unknown, maxLength: number): Uint8Array {
    if (!(value instanceof Uint8Array)) throw refusal(column, `is ${kindOf(value)}, not bytes`);
    if (value.length > maxLength) throw refusal(column, `has ${value.length} bytes; it holds ${maxLength}`);
    return new Uint8Array(value);
  },

  /** The bytes of a message that holds one field alone. What is inside it is the codec's to check. */
  message<M>(column: string, codec: Encoder<M>, message: M): Uint8Array {
    const bytes = encoded(column, codec, message);
    if (bytes.length > maxMessageBytes) {
      throw refusal(column, `takes ${bytes.length} bytes; it holds ${maxMessageBytes}`);
    }
    return bytes;
  },

  /**
   * The message that the bytes of a column hold. Throws OUT_OF_RANGE when a process of a newer schema has stored a number
   * inside it that a field of this one does not hold: cut, it would be written back so.
   */
  messageOf<M>(column: string, codec: Decoder<M>, bytes: unknown): M {
    try {
      return decodeExact(codec, bytes as Uint8Array);
    } catch (error) {
      if (!isPhotinusError(error) || error.code !== "OUT_OF_RANGE") throw error;
      const cause = { cause: error };
      throw fail("OUT_OF_RANGE", `${column}: ${error.reason}: a process of a newer schema wrote it`, cause);
    }
  },

  /** Microseconds since 1970-01-01 UTC. */
  timestamp(column: string, value: unknown): bigint {
    if (!isTimestamp(value)) throw refusal(column, `is ${kindOf(value)}, not a Timestamp`);
    const { seconds, nanos } = value;
    if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999 || nanos % 1000 !== 0) {
      throw refusal(column, `has ${nanos} nanoseconds; it holds whole microseconds of a second`);
    }
    return big(column, seconds * 1_000_000n + BigInt(nanos / 1000), "int64");
  },
});

/** What a `google.protobuf.Timestamp` is in generated code. */
interface Timestamp {
  seconds: bigint;
  nanos: number;
}

/** The most that a column of messages holds: that of MySQL's MEDIUMBLOB. */
const maxMessageBytes = 0xff_ffff;

/** The Timestamp of a column's microseconds. */
export function timestampOf(microseconds: bigint): Timestamp {
  const rest = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return { seconds: (microseconds - rest) / 1_000_000n, nanos: Number(rest) * 1000 };
}

function encoded<M>(column: string, codec: Encoder<M>, message: M): Uint8Array {
  try {
    return encode(codec, message);
  } catch (error) {
    const why = isPhotinusError(error) ? error.reason : String(error);
    throw fail("INVALID_ARGUMENT", `${column} is not what its type says: ${why}`, { cause: error });
  }
}

function whole(column: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number") throw refusal(column, `is ${kindOf(value)}, not a number`);
  if (!Number.isInteger(value)) throw refusal(column, `is ${value}, not a whole number`);
  if (value < least || value > most) throw refusal(column, `is ${value}; it holds ${least} to ${most}`);
  return value + 0;
}

function big(column: string, value: unknown, kind: "int64" | "uint64"): bigint {
  if (typeof value !== "bigint") throw refusal(column, `is ${kindOf(value)}, not a bigint`);
  const { least, most } = integerRanges[kind];
  // The text of a huge bigint takes long to make, and nobody would read it.
  if (value < least || value > most)
    throw refusal(column, `is outside of what it holds, ${least} to ${most}`);
  return value;
}

function finite(column: string, value: unknown): number {
  if (typeof value !== "number") throw refusal(column, `is ${kindOf(value)}, not a number`);
  if (!Number.isFinite(value)) throw refusal(column, `is ${value}, which a database cannot keep`);
  return value;
}

function isTimestamp(value: unknown): value is Timestamp {
  return (
    typeof value === "object" &&
    value !== null &&
    "seconds" in value &&
    typeof value.seconds === "bigint" &&
    "nanos" in value &&
    typeof value.nanos === "number"
  );
}

/** Unicode characters, as databases count them. */
function characters(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(at + 1);
    if (next >= 0xdc00 && next <= 0xdfff) count--;
  }
  return count;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Uint8Array) return "bytes";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function refusal(column: string, wrong: string): PhotinusError {
  return fail("INVALID_ARGUMENT", `${column} ${wrong}`);
}
