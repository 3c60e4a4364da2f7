import { fail, type PhotinusError } from "../../../schema/errors.ts";
import type { Decoder } from "./codec.ts";
import { Reader } from "./reader.ts";

/** Longest varint, in bytes, that fits every integer type: it has at most 28 bits. */
const shortBytes = 4;

/**
 * Reader that throws OUT_OF_RANGE for a number that the field's type cannot hold. Protobuf truncates such a number, for
 * example an int64 that is read as an int32; a stored row would be written back with the truncated value.
 */
class ExactReader extends Reader {
  override uint32(): number {
    const at = this.position;
    const value = super.uint32();
    return this.#isHeld(at, 0x0f) ? value : this.#checked(value, at, () => this.uint64());
  }

  override int32(): number {
    const at = this.position;
    const value = super.uint32() | 0;
    if (this.#isHeld(at, 0x07) || this.#isExtended(at)) return value;
    return this.#checked(value, at, () => this.int64());
  }

  override sint32(): number {
    const at = this.position;
    const value = super.uint32();
    const number = (value >>> 1) ^ -(value & 1);
    return this.#isHeld(at, 0x0f) ? number : this.#checked(number, at, () => this.sint64());
  }

  override uint53(): number {
    const at = this.position;
    return this.#checked53(super.uint53(), at, () => this.uint64());
  }

  override int53(): number {
    const at = this.position;
    return this.#checked53(super.int53(), at, () => this.int64());
  }

  override sint53(): number {
    const at = this.position;
    return this.#checked53(super.sint53(), at, () => this.sint64());
  }

  override fixed53(): number {
    const at = this.position;
    return this.#checked53(super.fixed53(), at, () => this.fixed64());
  }

  override sfixed53(): number {
    const at = this.position;
    return this.#checked53(super.sfixed53(), at, () => this.sfixed64());
  }

  /** Whether the varint at `at` is short, or has five bytes of which the last has no bits but these. */
  #isHeld(at: number, last: number): boolean {
    const size = this.position - at;
    return size <= shortBytes || (size === shortBytes + 1 && this.bytes[this.position - 1]! <= last);
  }

  /** Whether the varint at `at` is a negative 32-bit number, which protobuf always writes in ten bytes. */
  #isExtended(at: number): boolean {
    const { bytes } = this;
    if (this.position - at !== 10 || bytes[at + 4]! < 0xf8 || bytes[at + 9] !== 1) return false;
    for (let middle = at + 5; middle < at + 9; middle++) if (bytes[middle] !== 0xff) return false;
    return true;
  }

  #checked53(value: number, at: number, again: () => bigint): number {
    return Number.isSafeInteger(value) ? value : this.#checked(value, at, again);
  }

  /** Reads the whole varint at `at` again. */
  #checked(value: number, at: number, again: () => bigint): number {
    this.position = at;
    if (again() !== BigInt(value)) throw beyond();
    return value;
  }
}

function beyond(): PhotinusError {
  return fail("OUT_OF_RANGE", "a number is out of the range of its field");
}

/**
 * Decodes a value exactly; all bytes must belong to it.
 * @throws PhotinusError INVALID_ARGUMENT when the bytes are malformed, OUT_OF_RANGE when a field cannot hold its number.
 */
export function decodeExact<T>(codec: Decoder<T>, bytes: Uint8Array): T {
  const reader = new ExactReader(bytes);
  const value = codec.read(reader, reader.end);
  reader.finish(reader.end);
  return value;
}
