import { fail, isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { type Decoder, type Encoder, encode } from "../../wire/codec/codec-runtime.ts";
import { decodeExact } from "../../wire/codec/decode-exact.ts";
import { integerRanges } from "./integer-range.ts";

/**
 * Converters from a property's value to its column's value, for generated code; `messageOf` is the inverse for messages.
 * Each converter throws INVALID_ARGUMENT for a value that the column cannot hold, or that a database would return changed:
 * an accepted value is read back unchanged.
 *
 * `column` is "table.column", for error messages. Messages show no value, which may be personal or a secret.
 */
export const columnValue = Object.freeze({
  int32: (column: string, value: unknown): number => whole(column, value, -0x8000_0000, 0x7fff_ffff),

  uint32: (column: string, value: unknown): number => whole(column, value, 0, 0xffff_ffff),

  int64: (column: string, value: unknown): bigint => big(column, value, "int64"),

  uint64: (column: string, value: unknown): bigint => big(column, value, "uint64"),

  /** Converts a number property of an int64 column. */
  int53: (column: string, value: unknown): bigint =>
    BigInt(whole(column, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),

  /** Converts a number property of a uint64 column. */
  uint53: (column: string, value: unknown): bigint =>
    BigInt(whole(column, value, 0, Number.MAX_SAFE_INTEGER)),

  /** Rounds to single precision. */
  float(column: string, value: unknown): number {
    const rounded = Math.fround(finite(column, value));
    if (!Number.isFinite(rounded)) throw refusal(column, "exceeds the range of a float");
    return rounded + 0;
  },

  /** Converts negative zero to zero. */
  double: (column: string, value: unknown): number => finite(column, value) + 0,

  bool(column: string, value: unknown): boolean {
    if (typeof value !== "boolean") throw refusal(column, `is ${kindOf(value)}; expected true or false`);
    return value;
  },

  string(column: string, value: unknown, maxLength: number): string {
    if (typeof value !== "string") throw refusal(column, `is ${kindOf(value)}; expected a string`);
    if (value.length > maxLength && characters(value) > maxLength) {
      throw refusal(column, `has ${characters(value)} characters; expected at most ${maxLength}`);
    }
    if (!value.isWellFormed())
      throw refusal(column, "has half a surrogate pair; expected well-formed Unicode");
    return value;
  },

  /** Copies the bytes, because the caller may change them before the store reads them. */
  bytes(column: string, value: unknown, maxLength: number): Uint8Array {
    if (!(value instanceof Uint8Array)) throw refusal(column, `is ${kindOf(value)}; expected a Uint8Array`);
    if (value.length > maxLength)
      throw refusal(column, `has ${value.length} bytes; expected at most ${maxLength}`);
    return new Uint8Array(value);
  },

  /** Encodes a message with one field set. The codec checks the field's value. */
  message<M>(column: string, codec: Encoder<M>, message: M): Uint8Array {
    const bytes = encoded(column, codec, message);
    if (bytes.length > maxMessageBytes) {
      throw refusal(column, `takes ${bytes.length} bytes; expected at most ${maxMessageBytes}`);
    }
    return bytes;
  },

  /**
   * Decodes the message of a column. Throws OUT_OF_RANGE when a process of a newer schema stored a number that a field of
   * this schema cannot hold; a truncated number would be written back truncated.
   */
  messageOf<M>(column: string, codec: Decoder<M>, bytes: unknown): M {
    try {
      return decodeExact(codec, bytes as Uint8Array);
    } catch (error) {
      if (!isPhotinusError(error) || error.code !== "OUT_OF_RANGE") throw error;
      const cause = { cause: error };
      throw fail("OUT_OF_RANGE", `${column}: ${error.reason}; a process of a newer schema wrote it`, cause);
    }
  },

  /** Converts a Timestamp to microseconds since 1970-01-01 UTC. */
  timestamp(column: string, value: unknown): bigint {
    if (!isTimestamp(value)) throw refusal(column, `is ${kindOf(value)}; expected a Timestamp`);
    const { seconds, nanos } = value;
    if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999 || nanos % 1000 !== 0) {
      throw refusal(column, "has invalid nanoseconds; expected whole microseconds, 0 to 999,999,000");
    }
    return big(column, seconds * 1_000_000n + BigInt(nanos / 1000), "int64");
  },
});

/** Shape of `google.protobuf.Timestamp` in generated code. */
interface Timestamp {
  seconds: bigint;
  nanos: number;
}

/** Maximum bytes of a message column, as of MySQL's MEDIUMBLOB. */
const maxMessageBytes = 0xff_ffff;

/** Converts a column's microseconds to a Timestamp. */
export function timestampOf(microseconds: bigint): Timestamp {
  const rest = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return { seconds: (microseconds - rest) / 1_000_000n, nanos: Number(rest) * 1000 };
}

function encoded<M>(column: string, codec: Encoder<M>, message: M): Uint8Array {
  try {
    return encode(codec, message);
  } catch (error) {
    const why = isPhotinusError(error) ? error.reason : String(error);
    throw fail("INVALID_ARGUMENT", `${column} has an invalid value: ${why}`, { cause: error });
  }
}

function whole(column: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number") throw refusal(column, `is ${kindOf(value)}; expected a number`);
  if (!Number.isInteger(value)) throw refusal(column, `is ${unwhole(value)}; expected an integer`);
  if (value < least || value > most) throw refusal(column, `is out of range; expected ${least} to ${most}`);
  return value + 0;
}

function big(column: string, value: unknown, kind: "int64" | "uint64"): bigint {
  if (typeof value !== "bigint") throw refusal(column, `is ${kindOf(value)}; expected a bigint`);
  const { least, most } = integerRanges[kind];
  if (value < least || value > most) throw refusal(column, `is out of range; expected ${least} to ${most}`);
  return value;
}

function finite(column: string, value: unknown): number {
  if (typeof value !== "number") throw refusal(column, `is ${kindOf(value)}; expected a number`);
  if (!Number.isFinite(value)) throw refusal(column, `is ${unwhole(value)}; expected a finite number`);
  return value;
}

/** Describes a number that is not an integer. */
function unwhole(value: number): string {
  return Number.isFinite(value) ? "a fraction" : String(value);
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

/** Number of Unicode characters, as databases count them. */
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
