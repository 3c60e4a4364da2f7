import { checkBytes, located } from "./check-values.ts";
import { Reader } from "./reader.ts";
import { expectMessage, Writer } from "./writer.ts";

/** Turns values of one type into bytes and back. Stateless: one codec serves everybody. */
export interface Codec<T> {
  /** Full name of the message: "meadow.Step". */
  readonly name: string;
  /** Appends the value at the writer's position. Throws when it is not of its type: use {@link encodeInto}. */
  write(writer: Writer, value: T): void;
  /**
   * Reads from the reader's position up to `end`, which must not lie behind `reader.end`, and consumes all of it.
   * @throws PhotinusError INVALID_ARGUMENT when the bytes are malformed.
   */
  read(reader: Reader, end: number): T;
}

/** The codec of a message, and the way to make one. Generated: one for each message, under the message's name. */
export interface MessageType<T> extends Codec<T> {
  /** A new message: fields that `init` leaves out have their defaults. */
  create(init?: Partial<T>): T;
  /**
   * As {@link Codec.read}. With `into`, the fields that the bytes have are added to that message, as protobuf demands
   * when a message field comes twice: single fields are replaced, lists and maps grow, messages merge.
   */
  read(reader: Reader, end: number, into?: T): T;
}

/** The body of `photinus.Raw`: bytes as they are. `read` gives an owned copy. */
export const raw: Codec<Uint8Array> = {
  name: "photinus.Raw",
  write(writer, value) {
    writer.append(checkBytes(value));
  },
  read(reader, end) {
    return reader.take(end);
  },
};

/**
 * The value as bytes of its own. To write into a buffer that exists, use {@link encodeInto}.
 * @throws PhotinusError INVALID_ARGUMENT, as {@link encodeInto}.
 */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new Writer();
  encodeInto(writer, codec, value);
  return writer.finish();
}

/**
 * Appends the value at the writer's position.
 * @throws PhotinusError INVALID_ARGUMENT when a field does not hold what its type says, with the path to it in names of
 *   properties: "meadow.Step.position.x: null is no float". Nothing is appended then.
 */
export function encodeInto<T>(writer: Writer, codec: Pick<Codec<T>, "name" | "write">, value: T): void {
  const start = writer.position;
  try {
    codec.write(writer, value);
    if (writer.position === start) expectMessage(value);
  } catch (error) {
    writer.position = start;
    throw located(codec.name, (watched) => codec.write(new Writer(), watched), value, error);
  }
}

/**
 * The value of bytes[start, end), all of which must belong to it. A hot path keeps a {@link Reader} and calls
 * `codec.read` itself.
 * @throws PhotinusError INVALID_ARGUMENT when the bytes are malformed.
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, start = 0, end: number = bytes.length): T {
  const reader = new Reader(bytes, start, end);
  const value = codec.read(reader, reader.end);
  reader.finish(reader.end);
  return value;
}
