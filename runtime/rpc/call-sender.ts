import type { Encoder } from "../wire/codec/codec.ts";
import type { PushAddress, Target } from "./envelope/message-kinds.ts";

/**
 * Sends the calls and pushes of this side, in one of the two envelope forms. Each method returns false and sends
 * nothing when the message is too large, or when the form has no such message. Bytes are copied.
 */
export interface CallSender {
  /** Throws the codec's error, or INVALID_ARGUMENT for a value that msgpack cannot carry; then nothing is sent. */
  ask<T>(
    key: number,
    method: number,
    codec: Encoder<T>,
    value: T,
    timeoutMs: number,
    target: Target,
    trace: string | undefined,
  ): boolean;
  askBytes(
    key: number,
    method: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    target: Target,
    trace: string | undefined,
  ): boolean;
  /** Throws the codec's error; then nothing is sent. */
  notice<T>(method: number, codec: Encoder<T>, value: T, target: Target, trace: string | undefined): boolean;
  noticeBytes(
    method: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    target: Target,
    trace: string | undefined,
  ): boolean;
  /** Forwards a client's message; key 0 marks a notify, which has no answer. */
  relay(
    key: number,
    session: number,
    command: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    trace: string | undefined,
  ): boolean;
  push(push: number, address: PushAddress, bytes: Uint8Array, start: number, end: number): boolean;
  /** Throws the codec's error, or BodyTooLarge; then nothing is sent. */
  pushMessage<T>(push: number, to: PushAddress, codec: Encoder<T>, value: T, maxBodyBytes?: number): boolean;
  /** Notifies the peer that the call was cancelled. */
  cancel(key: number): void;
}
