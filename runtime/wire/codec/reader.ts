import { emptyBytes } from "../empty-bytes.ts";
import { malformed, maxDepth, tooDeep, viewOf } from "./codec-limits.ts";
import type { MapKeys } from "./straight/map-keys.ts";
import { utf8 } from "./utf8.ts";

/** Decoder of values of one type. */
export interface Decoder<T> {
  /** Full name of the message: "meadow.Step". */
  readonly name: string;
  /**
   * Reads one value from the reader's position up to `end`, and consumes all of these bytes. `end` must be at most `reader.end`.
   * @throws PhotinusError INVALID_ARGUMENT when the bytes are malformed.
   */
  read(reader: Reader, end: number): T;
}

/** Decoder of a message. */
export interface MessageDecoder<T> extends Decoder<T> {
  /**
   * Reads a message, as {@link Decoder.read} does. With `into`, merges the bytes into that message, as protobuf requires for a
   * message field that occurs twice: single fields are replaced, lists and maps grow, messages merge.
   */
  read(reader: Reader, end: number, into?: T): T;
}

const two32 = 0x1_0000_0000;
/** Largest numbers below 2^64 and 2^63. The numbers nearest to the largest uint64 and int64 lie outside of these types. */
const maxUint53 = 2 ** 64 - 2 ** 11;
const maxInt53 = 2 ** 63 - 2 ** 10;
const short = "the message ends within a field";

/**
 * Reads protobuf fields from bytes[position, end). The three properties may be set to reuse the reader for other bytes.
 * Never reads outside of that range. Checks a length against the remaining bytes before it allocates for it.
 *
 * Every method throws PhotinusError INVALID_ARGUMENT for malformed bytes; the reader can be reused afterwards.
 */
export class Reader {
  declare position: number;
  /** Exclusive end of the readable range. */
  declare end: number;
  /** Buffers for unknown fields of the messages being read; made and used by `keepUnknown`. */
  rooms: WeakMap<object, Uint8Array> | undefined;
  /** Keys of maps that were read before, or how many were read until now; used by `readKey`. */
  keys: MapKeys | number = 0;
  #bytes: Uint8Array;
  #view: DataView | undefined;
  #depth = 0;
  /** Upper word of the last 64-bit varint. */
  #high = 0;

  constructor(bytes: Uint8Array = emptyBytes, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.position = start;
    this.end = Math.min(end, bytes.length);
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  set bytes(bytes: Uint8Array) {
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#view = undefined;
  }

  /** View of {@link Reader.bytes}, made when first needed. */
  get view(): DataView {
    this.#view ??= viewOf(this.#bytes);
    return this.#view;
  }

  /** Reads a tag: the field number and wire type of the next field. */
  tag(): number {
    const at = this.position;
    if (at < this.end) {
      const byte = this.#bytes[at]!;
      if (byte < 0x80) {
        this.position = at + 1;
        return byte;
      }
      // Field numbers from 16 to 2,047.
      if (at + 1 < this.end) {
        const second = this.#bytes[at + 1]!;
        if (second < 0x80) {
          this.position = at + 2;
          return (byte & 0x7f) | (second << 7);
        }
      }
    }
    return this.longTag();
  }

  uint32(): number {
    const at = this.position;
    if (at + 1 < this.end) {
      const first = this.#bytes[at]!;
      if (first < 0x80) {
        this.position = at + 1;
        return first;
      }
      const second = this.#bytes[at + 1]!;
      if (second < 0x80) {
        this.position = at + 2;
        return (first & 0x7f) | (second << 7);
      }
    }
    return this.varint() >>> 0;
  }

  /** Reads an int32 or enum. */
  int32(): number {
    return this.uint32() | 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  uint64(): bigint {
    const low = this.varint();
    const high = this.#high;
    return high === 0 && low >= 0 ? BigInt(low) : unsigned(low, high);
  }

  int64(): bigint {
    const low = this.varint();
    const high = this.#high;
    return high === 0 && low >= 0 ? BigInt(low) : signed(low, high);
  }

  sint64(): bigint {
    const low = this.#zigzag();
    return signed(low, this.#high);
  }

  /** Reads a uint64 as a number: the nearest number within the type. */
  uint53(): number {
    const low = this.varint() >>> 0;
    return unsigned53(low, this.#high);
  }

  /** Reads an int64 as a number: the nearest number within the type. */
  int53(): number {
    const low = this.varint() >>> 0;
    return signed53(low, this.#high);
  }

  /** Reads a sint64 as a number, rounded as by {@link Reader.int53}. */
  sint53(): number {
    const low = this.#zigzag() >>> 0;
    return signed53(low, this.#high);
  }

  bool(): boolean {
    const at = this.position;
    if (at < this.end) {
      const byte = this.#bytes[at]!;
      if (byte < 0x80) {
        this.position = at + 1;
        return byte !== 0;
      }
    }
    return (this.varint() | this.#high) !== 0;
  }

  fixed32(): number {
    return this.view.getUint32(this.fixed(4), true);
  }

  sfixed32(): number {
    return this.view.getInt32(this.fixed(4), true);
  }

  fixed64(): bigint {
    return this.view.getBigUint64(this.fixed(8), true);
  }

  sfixed64(): bigint {
    return this.view.getBigInt64(this.fixed(8), true);
  }

  /** Reads a fixed64 as a number, rounded as by {@link Reader.uint53}. */
  fixed53(): number {
    const at = this.fixed(8);
    return unsigned53(this.view.getUint32(at, true), this.view.getInt32(at + 4, true));
  }

  /** Reads an sfixed64 as a number, rounded as by {@link Reader.int53}. */
  sfixed53(): number {
    const at = this.fixed(8);
    return signed53(this.view.getUint32(at, true), this.view.getInt32(at + 4, true));
  }

  float(): number {
    return this.view.getFloat32(this.fixed(4), true);
  }

  double(): number {
    return this.view.getFloat64(this.fixed(8), true);
  }

  string(): string {
    const end = this.limit();
    const text = utf8(this.#bytes, this.position, end);
    this.position = end;
    return text;
  }

  /** Reads a `bytes` field into a copy. */
  octets(): Uint8Array {
    return this.take(this.limit());
  }

  /** Copies the bytes from the position to `end`. */
  take(end: number): Uint8Array {
    if (end > this.end || end < this.position) throw malformed("a length points outside the message");
    const from = this.position;
    this.position = end;
    const bytes = this.#bytes;
    // `slice` is twice as fast, but that of a Buffer is a view.
    return bytes.constructor === Uint8Array
      ? bytes.slice(from, end)
      : new Uint8Array(bytes.subarray(from, end));
  }

  /** Reads a length, at most 2^31 - 1 as protobuf defines, and returns the end position of the content. */
  limit(): number {
    const at = this.position;
    let size = at < this.end ? this.#bytes[at]! : 0x80;
    if (size < 0x80) {
      this.position = at + 1;
    } else {
      size = this.varint();
      // Truncated to 32 bits, the length would be another one, and the rest would be read as other fields.
      if (size < 0 || this.#high !== 0) throw malformed("a length points outside the message");
    }
    const end = this.position + size;
    if (end > this.end) throw malformed("a length points outside the message");
    return end;
  }

  /** Throws when the last field of a message, map entry or packed list went beyond its end. */
  finish(end: number): void {
    if (this.position !== end) throw malformed("a field exceeds the end of its message");
  }

  /** Reads a length-prefixed message of a recursive type, at most 100 levels deep. */
  nest<T>(type: MessageDecoder<T>, into?: T): T {
    if (this.#depth >= maxDepth) throw tooDeep(type.name);
    this.#depth++;
    try {
      return type.read(this, this.limit(), into);
    } finally {
      this.#depth--;
    }
  }

  /** Skips the value of an unknown field. */
  skip(tag: number): void {
    this.#skip(tag, 0);
  }

  #skip(tag: number, depth: number): void {
    if (tag >>> 3 === 0) throw malformed("a field has the number 0");
    switch (tag & 7) {
      case 0:
        this.varint();
        break;
      case 1:
        this.fixed(8);
        break;
      case 2:
        this.position = this.limit();
        break;
      case 3:
        this.#skipGroup(tag, depth + 1);
        break;
      case 5:
        this.fixed(4);
        break;
      default:
        throw malformed("a field has an illegal wire type");
    }
  }

  #skipGroup(start: number, depth: number): void {
    if (depth > maxDepth) throw tooDeep("an unknown group");
    const last = start + 1;
    for (let tag = this.tag(); tag !== last; tag = this.tag()) this.#skip(tag, depth);
  }

  /** Moves past `size` bytes and returns their start. */
  private fixed(size: number): number {
    const at = this.position;
    if (at + size > this.end) throw malformed(short);
    this.position = at + size;
    return at;
  }

  /** Reads any varint: returns the lower word and stores the upper word in `#high`. Both are signed. */
  private varint(): number {
    const bytes = this.#bytes;
    const { end } = this;
    let at = this.position;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (at >= end) throw malformed(short);
      const byte = bytes[at++]!;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = at;
        this.#high = 0;
        return low;
      }
    }
    if (at >= end) throw malformed(short);
    let byte = bytes[at++]!;
    low |= byte << 28;
    high = (byte & 0x7f) >>> 4;
    for (let shift = 3; byte >= 0x80; shift += 7) {
      if (shift > 31) throw malformed("a number has more than ten bytes");
      if (at >= end) throw malformed(short);
      byte = bytes[at++]!;
      high |= (byte & 0x7f) << shift;
    }
    this.position = at;
    this.#high = high;
    return low;
  }

  /** Reads a zigzag varint: returns the lower word and stores the upper word in `#high`. */
  #zigzag(): number {
    const low = this.varint();
    const high = this.#high;
    const sign = -(low & 1);
    this.#high = (high >>> 1) ^ sign;
    return ((low >>> 1) | (high << 31)) ^ sign;
  }

  private longTag(): number {
    const start = this.position;
    const low = this.varint();
    if (this.#high !== 0 || this.position - start > 5) throw malformed("a field number is too large");
    return low >>> 0;
  }
}

function unsigned53(low: number, high: number): number {
  return Math.min((high >>> 0) * two32 + low, maxUint53);
}

function signed53(low: number, high: number): number {
  return Math.min(high * two32 + low, maxInt53);
}

function unsigned(low: number, high: number): bigint {
  return BigInt.asUintN(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
}

function signed(low: number, high: number): bigint {
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
}
