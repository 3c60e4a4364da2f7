import { errorCodes } from "../../schema/errors.ts";
import type { Transport } from "../transport/transport.ts";
import { type Encoder, encodeInto } from "../wire/codec/codec.ts";
import type { Writer } from "../wire/codec/writer.ts";
import type { CallSender } from "./call-sender.ts";
import {
  closeBody,
  closeMessage,
  openAnswer,
  openAsk,
  openBody,
  openNotice,
  openPush,
  openRelay,
  writeBody,
  writeCancel,
  writeFailure,
} from "./envelope/compact-writer.ts";
import { longestMessageChars, type PushAddress, type Target } from "./envelope/message-kinds.ts";
import type { LinkLimits } from "./link-options.ts";
import { retryAfterMs } from "./retry-after.ts";

/** Answers are queued up to this many times the limit for calls; then short failures go in their place. */
const answerFactor = 4;
/** Beyond this the peer does not read at all, and the link is closed. */
const closeFactor = 5;

/** A body that is encoded was larger than it may be; nothing of it was sent. */
export class BodyTooLarge extends Error {
  /** Bytes of the body. */
  readonly size: number;

  constructor(size: number, limit: number) {
    super(`the body has ${size} bytes; at most ${limit} are allowed`);
    this.size = size;
  }
}

/** Writes messages into a connection's output and keeps its queue bounded. What is too large is taken back and reported. */
export class Outbound implements CallSender {
  readonly transport: Transport;
  readonly maxFrameBytes: number;
  readonly #maxBufferedBytes: number;

  constructor(transport: Transport, limits: Required<LinkLimits>) {
    this.transport = transport;
    this.maxFrameBytes = limits.maxFrameBytes;
    this.#maxBufferedBytes = limits.maxBufferedBytes;
  }

  get overloaded(): boolean {
    return this.transport.bufferedBytes > this.#maxBufferedBytes;
  }

  /** False when the message is too large; throws what the codec throws. Nothing is sent then. */
  ask<T>(
    key: number,
    method: number,
    codec: Encoder<T>,
    value: T,
    timeoutMs: number,
    target: Target,
    trace: string | undefined,
  ): boolean {
    const output = this.transport.output;
    const mark = openAsk(output, key, method, timeoutMs, target, trace !== undefined);
    return this.#encoded(output, mark, codec, value, trace);
  }

  askBytes(
    key: number,
    method: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    target: Target,
    trace: string | undefined,
  ): boolean {
    const output = this.transport.output;
    const mark = openAsk(output, key, method, timeoutMs, target, trace !== undefined);
    return this.#copied(output, mark, bytes, start, end, trace);
  }

  notice<T>(method: number, codec: Encoder<T>, value: T, target: Target, trace: string | undefined): boolean {
    const output = this.transport.output;
    const mark = openNotice(output, method, target, trace !== undefined);
    const sent = this.#encoded(output, mark, codec, value, trace);
    this.#closeUnread();
    return sent;
  }

  noticeBytes(
    method: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    target: Target,
    trace: string | undefined,
  ): boolean {
    const output = this.transport.output;
    const mark = openNotice(output, method, target, trace !== undefined);
    const sent = this.#copied(output, mark, bytes, start, end, trace);
    this.#closeUnread();
    return sent;
  }

  relay(
    key: number,
    session: number,
    command: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    trace: string | undefined,
  ): boolean {
    const output = this.transport.output;
    const mark = openRelay(output, key, session, command, timeoutMs, trace !== undefined);
    return this.#copied(output, mark, bytes, start, end, trace);
  }

  push(push: number, address: PushAddress, bytes: Uint8Array, start: number, end: number): boolean {
    const output = this.transport.output;
    const mark = openPush(output, push, address);
    return this.#copied(output, mark, bytes, start, end, undefined);
  }

  /** Throws what the codec throws, and BodyTooLarge; nothing is sent then. */
  pushMessage<T>(
    push: number,
    address: PushAddress,
    codec: Encoder<T>,
    value: T,
    maxBodyBytes?: number,
  ): boolean {
    const output = this.transport.output;
    const mark = openPush(output, push, address);
    return this.#encoded(output, mark, codec, value, undefined, maxBodyBytes);
  }

  /** Throws what the codec throws, and BodyTooLarge; nothing is sent then. */
  answer<T>(key: number, codec: Encoder<T>, value: T, maxBodyBytes?: number): void {
    const output = this.transport.output;
    const mark = openAnswer(output, key);
    if (!this.#encoded(output, mark, codec, value, undefined, maxBodyBytes)) this.#answerTooLarge(key);
    else this.#boundAnswers(key, mark);
  }

  answerBytes(key: number, bytes: Uint8Array, start: number, end: number): void {
    const output = this.transport.output;
    const mark = openAnswer(output, key);
    if (!this.#copied(output, mark, bytes, start, end, undefined)) this.#answerTooLarge(key);
    else this.#boundAnswers(key, mark);
  }

  failure(key: number, code: number, message: string, retryAfterMs: number): void {
    writeFailure(this.transport.output, key, code, message.slice(0, longestMessageChars), retryAfterMs);
    this.transport.flushSoon();
    this.#closeUnread();
  }

  /** A message that is packed already, as those of the map form are. */
  packed(message: Uint8Array): boolean {
    const size = message.length;
    if (size > this.maxFrameBytes) return false;
    const output = this.transport.output;
    output.ensure(size + 4);
    output.view.setUint32(output.position, size);
    output.bytes.set(message, output.position + 4);
    output.position += size + 4;
    this.transport.flushSoon();
    this.#closeUnread();
    return true;
  }

  cancel(key: number): void {
    writeCancel(this.transport.output, key);
    this.transport.flushSoon();
  }

  #encoded<T>(
    output: Writer,
    mark: number,
    codec: Encoder<T>,
    value: T,
    trace: string | undefined,
    maxBodyBytes = Number.POSITIVE_INFINITY,
  ): boolean {
    try {
      const body = openBody(output);
      const start = output.position;
      encodeInto(output, codec, value);
      const size = output.position - start;
      if (size > maxBodyBytes) throw new BodyTooLarge(size, maxBodyBytes);
      closeBody(output, body);
      closeMessage(output, mark, trace);
    } catch (error) {
      output.position = mark;
      throw error;
    }
    return this.#sized(output, mark);
  }

  #copied(
    output: Writer,
    mark: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    trace: string | undefined,
  ): boolean {
    // Looked at before the copy, so that nothing large is allocated for a message that is refused.
    if (end - start > this.maxFrameBytes) {
      output.position = mark;
      return false;
    }
    writeBody(output, bytes, start, end);
    closeMessage(output, mark, trace);
    return this.#sized(output, mark);
  }

  #sized(output: Writer, mark: number): boolean {
    if (output.position - mark - 4 > this.maxFrameBytes) {
      output.position = mark;
      return false;
    }
    this.transport.flushSoon();
    return true;
  }

  /** After everything that is also sent while the link is overloaded: answers, administration, pongs. */
  #closeUnread(): void {
    if (this.transport.bufferedBytes > this.#maxBufferedBytes * closeFactor) {
      this.transport.destroy("the peer does not read");
    }
  }

  #answerTooLarge(key: number): void {
    const message = `the answer is larger than the ${this.maxFrameBytes} bytes that the link allows`;
    this.failure(key, errorCodes.RESOURCE_EXHAUSTED, message, 0);
  }

  /** The answer was the last thing written: when the peer takes too long to read, a short failure goes in its place. */
  #boundAnswers(key: number, mark: number): void {
    if (this.transport.bufferedBytes <= this.#maxBufferedBytes * answerFactor) return;
    this.transport.output.position = mark;
    this.failure(
      key,
      errorCodes.RESOURCE_EXHAUSTED,
      "the caller reads its answers too slowly",
      retryAfterMs("busy"),
    );
  }
}
