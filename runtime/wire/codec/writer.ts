import { copyBytes } from "../copy-bytes.ts";
import { checkBytes, isMessage, wrong } from "./check-values.ts";
import { maxDepth, tooDeep, viewOf } from "./codec-limits.ts";
import { maxUtf8Bytes, putUtf8 } from "./utf8.ts";
import { maxVarint32Bytes, maxVarint64Bytes, putVarint32, sizeOfVarint32 } from "./varint.ts";

/** Encoder of values of one type. */
export interface Encoder<I> {
  /** Full name of the message: "meadow.Step". */
  readonly name: string;
  /** Appends the value at the writer's position. A failed write leaves partial bytes; `encodeInto` removes them. */
  write(writer: Writer, value: I): void;
}

/** Most bytes of a tag and a number. */
const fieldRoom = maxVarint32Bytes + maxVarint64Bytes;

/**
 * Growing buffer, written in place. `bytes[0, position)` is the written part; callers may patch it, and may replace `bytes` and
 * `position` between two messages. `bytes` changes when the buffer grows: read it again after {@link Writer.ensure} and after
 * every method that writes.
 *
 * Methods with a tag (field number and wire type, as one number) write a field of a protobuf message; `write-fields.ts` has
 * number fields. Each throws for a value that the field cannot hold; `encodeInto` then removes the partial bytes.
 */
export class Writer {
  position = 0;
  #bytes: Uint8Array;
  #view: DataView | undefined;
  #depth = 0;

  /** @param size Initial size of the buffer, in bytes; 0 allocates at the first write. */
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

  /** View of {@link Writer.bytes}; read it again after every method that writes. */
  get view(): DataView {
    this.#view ??= viewOf(this.#bytes);
    return this.#view;
  }

  /** Makes room for `size` bytes after the position. A growing buffer at least doubles. */
  ensure(size: number): void {
    if (this.#bytes.length - this.position < size) this.#grow(size);
  }

  #grow(size: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.position + size, 64));
    bytes.set(this.#bytes.subarray(0, this.position));
    this.bytes = bytes;
  }

  /** Copies the written bytes into a new array. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.position));
  }

  /** Appends bytes unchanged. */
  append(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.ensure(end - start);
    copyBytes(this.#bytes, this.position, bytes, start, end);
    this.position += end - start;
  }

  // Fields

  /** Writes a `string` field. A lone surrogate is written as U+FFFD. */
  string(tag: number, value: string): void {
    if (typeof value !== "string") throw wrong(value, "string");
    const mark = this.begin(tag, maxUtf8Bytes(value));
    this.position = putUtf8(this.#bytes, mark, value);
    this.end(mark);
  }

  /** Writes a `bytes` field. */
  octets(tag: number, value: Uint8Array): void {
    const at = this.tag(tag);
    this.position = putVarint32(this.#bytes, at, checkBytes(value).length);
    this.append(value);
  }

  /**
   * Begins a field whose length is known at its end: a message, a map entry, a packed list. Reserves one byte for the length,
   * and `room` bytes for the content. Returns the content's start, which {@link Writer.end} takes.
   */
  begin(tag: number, room = 0): number {
    this.ensure(fieldRoom + room);
    const mark = tagAt(this.#bytes, this.position, tag) + 1;
    this.position = mark;
    return mark;
  }

  /** Ends a field of {@link Writer.begin}. Moves the content when its length needs more than the reserved byte. */
  end(mark: number): void {
    const size = this.position - mark;
    if (size < 0x80) this.#bytes[mark - 1] = size;
    else this.#shift(mark, size);
  }

  /**
   * Ends a message of {@link Writer.begin}. Throws when `message` is not an object. An empty message is checked further: without
   * fields to read, a list, a Map or a Promise would pass for one.
   */
  endMessage(mark: number, message: unknown): void {
    if (typeof message !== "object" || this.position === mark) expectMessage(message);
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
   * Writes a message field of a recursive type.
   * @throws PhotinusError INVALID_ARGUMENT for more than 100 levels, for example an object that contains itself.
   */
  nest<I>(tag: number, codec: Encoder<I>, value: I): void {
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

  /** Writes a tag with room for a number after it. Returns the position after the tag, and leaves `position` unchanged. */
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

/** Throws when the value of a message field is no message. */
export function expectMessage(value: unknown): void {
  if (!isMessage(value)) throw wrong(value, "message");
}
