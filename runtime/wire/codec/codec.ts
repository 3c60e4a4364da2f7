import { checkBytes, located } from "./check-values.ts";
import type { MessageInit } from "./message-init.ts";
import { type Decoder, type MessageDecoder, Reader } from "./reader.ts";
import { type Encoder, expectMessage, Writer } from "./writer.ts";

export type { Decoder } from "./reader.ts";
export type { Encoder } from "./writer.ts";

/**
 * Encoder and decoder of values of type `T`. The encoder may take another type: a message to be written may leave fields out.
 * Stateless: one codec serves all callers.
 */
export interface Codec<T, I = T> extends Encoder<I>, Decoder<T> {}

/**
 * Codec and constructor of a message. Generated for each message, under the message's name. Generic code may also write a `T`,
 * because the compiler cannot see that a generic `T` is a `MessageInit<T>`.
 */
export interface MessageType<T> extends Encoder<MessageInit<T> | T>, MessageDecoder<T> {
  readonly name: string;
  /**
   * Makes a new message. Fields that are absent or undefined in `init` have their proto3 defaults, also in nested messages.
   * Lists of scalars, maps of scalars and bytes are not copied. Each declared property of `init` is read, also one that a
   * class computes or inherits; other properties are left behind.
   *
   * @param depth levels of messages around this one; passed by generated code of recursive types only
   * @throws PhotinusError INVALID_ARGUMENT when `init` is no message, or holds more than 100 levels of a recursive type.
   */
  create(init?: MessageInit<T>, depth?: number): T;
}

/** Codec of `photinus.Raw`: the body's bytes unchanged. `read` returns a copy that the caller owns. */
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
 * Encodes a value into a new array. {@link encodeInto} writes into an existing buffer.
 * @throws PhotinusError INVALID_ARGUMENT for a value that a field cannot hold, with the path to it.
 */
export function encode<I>(codec: Encoder<I>, value: I): Uint8Array {
  const writer = new Writer();
  encodeInto(writer, codec, value);
  return writer.finish();
}

/**
 * Appends the value at the writer's position. A field that is absent or undefined has its proto3 default. A failed call
 * appends nothing.
 * @throws PhotinusError INVALID_ARGUMENT for a value that a field cannot hold, with the path to it in property names:
 *   "meadow.Step.position.x: expected float, found null".
 */
export function encodeInto<I>(writer: Writer, codec: Encoder<I>, value: I): void {
  const start = writer.position;
  try {
    codec.write(writer, value);
    if (typeof value !== "object" || writer.position === start) expectMessage(value);
  } catch (error) {
    writer.position = start;
    throw located(codec.name, (watched) => codec.write(new Writer(), watched), value, error);
  }
}

/**
 * Decodes bytes[start, end); all of these bytes must belong to the value. A hot path keeps a {@link Reader} and calls
 * `codec.read` itself.
 * @throws PhotinusError INVALID_ARGUMENT when the bytes are malformed.
 */
export function decode<T>(codec: Decoder<T>, bytes: Uint8Array, start = 0, end: number = bytes.length): T {
  const reader = new Reader(bytes, start, end);
  const value = codec.read(reader, reader.end);
  reader.finish(reader.end);
  return value;
}
