import type { Encoder } from "../wire/codec/codec.ts";
import type { PushAddress, Target } from "./envelope/message-kinds.ts";

/**
 * Sends this side's calls and pushes, in one of the two envelope forms. Each method returns false when the message is too
 * large, or when the form has no such message; nothing is sent then. Bytes are copied.
 */
export interface CallSender {
  /** Throws what the codec throws, and what msgpack cannot carry; nothing is sent then. */
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
  /** Throws what the codec throws; nothing is sent then. */
  notice<T>(method: number, codec: Encoder<T>, value: T, target: Target, trace: string | undefined): boolean;
  noticeBytes(
    method: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    target: Target,
    trace: string | undefined,
  ): boolean;
  /** A client's message; with key 0 nobody waits for an answer. */
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
  /** Throws what the codec throws, and BodyTooLarge; nothing is sent then. */
  pushMessage<T>(push: number, to: PushAddress, codec: Encoder<T>, value: T, maxBodyBytes?: number): boolean;
  /** Tells the peer that nobody waits for the call any more. */
  cancel(key: number): void;
}
