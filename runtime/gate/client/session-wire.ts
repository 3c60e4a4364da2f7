import type { FailureOutcome } from "../../rpc/envelope/failure-outcome.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { refusalGraceMs, type Transport } from "../../transport/transport.ts";
import type { Encoder } from "../../wire/codec/codec-runtime.ts";
import { control, type FrameFormat } from "../../wire/frame/frame-format.ts";
import { endFrame } from "../../wire/frame/frame-writer.ts";
import { Failure, GoAway, Kick, NodeChange } from "../../wire/generated/photinus/control.ts";
import { beginMessage, wholeMs, writeControl } from "../../wire/session/control-messages.ts";
import { type Kind, kind, nextSequence } from "../../wire/session/envelope.ts";
import type { ClientWire } from "../session/gate-session.ts";
import type { Resume } from "../session/resume.ts";
import type { MessageWriter } from "../session/send-window.ts";

/**
 * Returns the `retryAfterMs` of a kick: random, because many clients may be kicked at once and must not reconnect at once. 0 when
 * the client must not reconnect by itself.
 */
export function comeBack(reconnect: boolean): number {
  return reconnect ? retryAfterMs("lost") : 0;
}

/** Writes frames of the session protocol straight into the connection's output. */
export class SessionWire implements ClientWire, MessageWriter {
  readonly ordered = false;
  /** State of a session that can be resumed: answers and numbered pushes are kept in its window, too. */
  resume: Resume | undefined = undefined;
  readonly #transport: Transport;
  readonly #format: FrameFormat;
  #lastPush = 0;

  constructor(transport: Transport, format: FrameFormat) {
    this.#transport = transport;
    this.#format = format;
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  reply(command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    this.write(kind.reply, command, sequence, bytes, start, end);
    this.resume?.window.add(kind.reply, command, sequence, bytes, start, end);
  }

  failure(
    command: number,
    sequence: number,
    code: number,
    message: string,
    retryAfterMs: number,
    how: FailureOutcome,
  ): void {
    const w = this.#transport.output;
    const mark = beginMessage(w, this.#format, kind.error, command, sequence);
    const start = w.position;
    Failure.write(w, Failure.create({ code, message, retryAfterMs: wholeMs(retryAfterMs), outcome: how }));
    endFrame(w, this.#format, mark);
    this.resume?.window.add(kind.error, command, sequence, w.bytes, start, w.position);
    this.#transport.flushSoon();
  }

  push(id: number, numbered: boolean, bytes: Uint8Array, start: number, end: number): void {
    const { resume } = this;
    if (!numbered) this.write(kind.push, id, 0, bytes, start, end);
    else if (resume === undefined) {
      this.#lastPush = nextSequence(this.#lastPush);
      this.write(kind.push, id, this.#lastPush, bytes, start, end);
    } else {
      const { window } = resume;
      const number = nextSequence(window.lastPush);
      this.write(kind.push, id, number, bytes, start, end);
      window.add(kind.push, id, number, bytes, start, end);
    }
  }

  /** Writes a control message. */
  control<T>(command: number, codec: Encoder<T>, message: T): void {
    writeControl(this.#transport.output, this.#format, command, codec, message);
    this.#transport.flushSoon();
  }

  goAway(address: string, graceMs: number): void {
    this.control(control.goAway, GoAway, { address, graceMs: wholeMs(graceMs) });
  }

  nodeChanged(change: NodeChange): void {
    this.control(control.nodeChange, NodeChange, change);
  }

  kick(code: number, reason: string, reconnect: boolean, violation: boolean): void {
    this.control(
      control.kick,
      Kick,
      Kick.create({ code, reason, reconnect, retryAfterMs: comeBack(reconnect) }),
    );
    void this.#transport.close({ graceMs: refusalGraceMs, violation });
  }

  /** Writes an answer or push, with its body copied into the output. The window does not take it. */
  write(of: Kind, command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    const w = this.#transport.output;
    const mark = beginMessage(w, this.#format, of, command, sequence);
    w.append(bytes, start, end);
    endFrame(w, this.#format, mark);
    this.#transport.flushSoon();
  }
}
