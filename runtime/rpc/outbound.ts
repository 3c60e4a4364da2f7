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
import { type FailureOutcome, outcome } from "./envelope/failure-outcome.ts";
import { longestMessageChars, type PushAddress, type Target } from "./envelope/message-kinds.ts";
import type { LinkLimits } from "./link-options.ts";
import { retryAfterMs } from "./retry-after.ts";

/** Multiple of the queue limit up to which answers are queued whole; beyond it a short failure replaces the answer. */
const answerFactor = 4;
/** Multiple of the queue limit beyond which the peer does not read, and the link is closed. */
const closeFactor = 5;

/** Error of an encoded body that is larger than its limit. Nothing of the message was sent. */
export class BodyTooLarge extends Error {
  /** Size of the body, in bytes. */
  readonly size: number;

  constructor(size: number, limit: number) {
    super(`the body has ${size} bytes; at most ${limit} are allowed`);
    this.size = size;
  }
}

/**
 * Writes messages into a connection's output and keeps its queue bounded. A message that is too large is removed from
 * the output and reported.
 */
export class Outbound implements CallSender {
  readonly transport: Transport;
  readonly maxFrameBytes: number;
  readonly #maxBufferedBytes: number;

  constructor(transport: Transport, limits: Required<LinkLimits>) {
    this.transport = transport;
    this.maxFrameBytes = limits.maxFrameBytes;
    this.#maxBufferedBytes = limits.maxBufferedBytes;
  }

  /** True while more bytes are queued than `maxBufferedBytes`. */
  get overloaded(): boolean {
    return this.transport.bufferedBytes > this.#maxBufferedBytes;
  }

  /** Sends a call. Returns false when the message is too large. Throws the codec's error; then nothing is sent. */
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

  /** Throws the codec's error, or BodyTooLarge; then nothing is sent. */
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

  /** Throws the codec's error, or BodyTooLarge; then nothing is sent. */
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

  failure(
    key: number,
    code: number,
    message: string,
    retryAfterMs: number,
    how: FailureOutcome = outcome.answered,
  ): void {
    writeFailure(this.transport.output, key, code, message.slice(0, longestMessageChars), retryAfterMs, how);
    this.transport.flushSoon();
    this.#closeUnread();
  }

  /** Sends a packed message of the map form. Returns false when the message is too large. */
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
    // Checked before the copy, so that a message that is rejected causes no large allocation.
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

  /**
   * Closes a link whose peer does not read. Called after each message that is queued even on an overloaded link:
   * answers, administration, pongs.
   */
  #closeUnread(): void {
    if (this.transport.bufferedBytes > this.#maxBufferedBytes * closeFactor) {
      this.transport.destroy("the peer does not read");
    }
  }

  #answerTooLarge(key: number): void {
    const message = `the answer is larger than the link's limit of ${this.maxFrameBytes} bytes`;
    this.failure(key, errorCodes.RESOURCE_EXHAUSTED, message, 0, outcome.mayHaveRun);
  }

  /** Replaces the answer just written by a short failure when the peer reads too slowly. */
  #boundAnswers(key: number, mark: number): void {
    if (this.transport.bufferedBytes <= this.#maxBufferedBytes * answerFactor) return;
    this.transport.output.position = mark;
    this.failure(
      key,
      errorCodes.RESOURCE_EXHAUSTED,
      "the caller reads its answers too slowly",
      retryAfterMs("busy"),
      outcome.mayHaveRun,
    );
  }
}
