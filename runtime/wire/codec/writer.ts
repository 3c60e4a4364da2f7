import { checkBytes, wrong } from "./check-values.ts";
import type { Codec } from "./codec.ts";
import { maxDepth, shortCopyBytes, tooDeep, viewOf } from "./codec-limits.ts";
import { maxUtf8Bytes, putUtf8 } from "./utf8.ts";
import { maxVarint32Bytes, maxVarint64Bytes, putVarint32, sizeOfVarint32 } from "./varint.ts";

/** A tag and the widest number. */
const fieldRoom = maxVarint32Bytes + maxVarint64Bytes;

/**
 * A buffer that grows and is written in place. `bytes[0, position)` is what has been written; everything may be looked at
 * and patched, and both may be replaced between two messages. `bytes` changes when the buffer grows: after
 * {@link Writer.ensure} or any method that writes, fetch it again.
 *
 * Methods that take a tag (field number and wire type, as one number) write a field of a protobuf message; `fields.ts` has
 * those of numbers. Each throws when the value is not of the field's type: `encodeInto` then takes back what was written.
 */
export class Writer {
  position = 0;
  #bytes: Uint8Array;
  #view: DataView | undefined;
  #depth = 0;

  /** The buffer starts with this size; with 0 nothing is allocated until it is written to. */
  constructor(initialBytes = 64) {
    this.#bytes = new Uint8Array(initialBytes);
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  set bytes(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = undefined;
  }

  /** Over {@link Writer.bytes}; the same rule holds. */
  get view(): DataView {
    this.#view ??= viewOf(this.#bytes);
    return this.#view;
  }

  /** Makes room for `size` bytes after the position; the buffer at least doubles when it has to grow. */
  ensure(size: number): void {
    if (this.#bytes.length - this.position < size) this.#grow(size);
  }

  #grow(size: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.position + size, 64));
    bytes.set(this.#bytes.subarray(0, this.position));
    this.bytes = bytes;
  }

  /** What has been written, as bytes of its own. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.position));
  }

  /** Copies bytes as they are. */
  append(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const size = end - start;
    this.ensure(size);
    let at = this.position;
    this.position = at + size;
    // A view of a short array costs more than the copy: the engine has to move the array to memory of its own first.
    if (size > shortCopyBytes)
      this.#bytes.set(size === bytes.length ? bytes : bytes.subarray(start, end), at);
    else for (let from = start; from < end; from++) this.#bytes[at++] = bytes[from]!;
  }

  // Fields

  /** Half a surrogate pair becomes U+FFFD. */
  string(tag: number, value: string): void {
    if (typeof value !== "string") throw wrong(value, "string");
    const mark = this.begin(tag, maxUtf8Bytes(value));
    this.position = putUtf8(this.#bytes, mark, value);
    this.end(mark);
  }

  /** A field of type `bytes`. */
  octets(tag: number, value: Uint8Array): void {
    const at = this.tag(tag);
    this.position = putVarint32(this.#bytes, at, checkBytes(value).length);
    this.append(value);
  }

  /**
   * Begins a field whose length is known at its end: a message, a map's entry, a packed list. Reserves one byte for the
   * length, and `room` for what follows. Hand the returned position, where the content starts, to {@link Writer.end}.
   */
  begin(tag: number, room = 0): number {
    this.ensure(fieldRoom + room);
    const mark = tagAt(this.#bytes, this.position, tag) + 1;
    this.position = mark;
    return mark;
  }

  /** Ends what {@link Writer.begin} began; moves the content when its length takes more than the byte reserved. */
  end(mark: number): void {
    const size = this.position - mark;
    if (size < 0x80) this.#bytes[mark - 1] = size;
    else this.#shift(mark, size);
  }

  /**
   * Ends a message that {@link Writer.begin} began. Throws when it is empty and `message` is no object: what has no fields to
   * look at would pass for an empty message.
   */
  endMessage(mark: number, message: unknown): void {
    if (this.position === mark) expectMessage(message);
    this.end(mark);
  }

  #shift(mark: number, size: number): void {
    const more = sizeOfVarint32(size) - 1;
    this.ensure(more);
    this.#bytes.copyWithin(mark + more, mark, this.position);
    putVarint32(this.#bytes, mark - 1, size);
    this.position += more;
  }

  /**
   * A field that holds a message of a type that can contain itself.
   * @throws PhotinusError INVALID_ARGUMENT when messages are nested deeper than 100 levels, as in an object that is part
   * of itself.
   */
  nest<T>(tag: number, codec: Codec<T>, value: T): void {
    if (this.#depth >= maxDepth) throw tooDeep(codec.name);
    this.#depth++;
    try {
      const mark = this.begin(tag);
      codec.write(this, value);
      this.endMessage(mark, value);
    } finally {
      this.#depth--;
    }
  }

  /** Writes a tag, with room for a number behind it; returns the position behind it, and stays where it is. */
  tag(tag: number): number {
    this.ensure(fieldRoom);
    return tagAt(this.#bytes, this.position, tag);
  }
}

function tagAt(bytes: Uint8Array, at: number, tag: number): number {
  if (tag > 0x7f) return putVarint32(bytes, at, tag);
  bytes[at] = tag;
  return at + 1;
}

/** Refuses what is given for a message and is no object. */
export function expectMessage(value: unknown): void {
  if (typeof value !== "object" || value === null) throw wrong(value, "message");
}
