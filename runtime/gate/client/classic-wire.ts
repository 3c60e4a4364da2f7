import { refusalGraceMs, type Transport } from "../../transport/transport.ts";
import { classicVersion, type FrameFormat } from "../../wire/frame/frame-format.ts";
import { beginFrame, endFrame, writeFrame } from "../../wire/frame/frame-writer.ts";
import { Failure } from "../../wire/generated/photinus/control.ts";
import { wholeMs } from "../../wire/session/control-messages.ts";
import type { ClientWire } from "../session/gate-session.ts";
import { comeBack } from "./session-wire.ts";

/**
 * The reserved command under which a classic connection is told of an error: the payload is a `photinus.control.Failure`
 * that names the command which failed, or 0 when the connection is about to be closed. It stands where the reply would
 * have stood. Unmodified gfirefly clients know no such command and ignore it, as they ignore that they get no reply.
 */
export const classicFailure = 0xffffff7f;

/** Frames without an envelope, for gfirefly clients. A reply carries its request's command id, and leaves in its turn. */
export class ClassicWire implements ClientWire {
  readonly ordered = true;
  readonly #transport: Transport;
  readonly #format: FrameFormat;

  constructor(transport: Transport, format: FrameFormat) {
    this.#transport = transport;
    this.#format = format;
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  reply(command: number, _sequence: number, bytes: Uint8Array, start: number, end: number): void {
    writeFrame(this.#transport.output, this.#format, classicVersion, command, bytes, start, end);
    this.#transport.flushSoon();
  }

  failure(command: number, _sequence: number, code: number, message: string, retryAfterMs: number): void {
    const w = this.#transport.output;
    const mark = beginFrame(w, this.#format, classicVersion, classicFailure);
    Failure.write(w, Failure.create({ code, message, retryAfterMs: wholeMs(retryAfterMs), command }));
    endFrame(w, this.#format, mark);
    this.#transport.flushSoon();
  }

  push(id: number, bytes: Uint8Array, start: number, end: number): void {
    this.reply(id, 0, bytes, start, end);
  }

  /** Classic clients know no such word; they will see the connection end. */
  goAway(): void {}

  /** Classic clients know no such message; a request to a lost node is answered by an error that names the node. */
  nodeChanged(): void {}

  kick(code: number, reason: string, reconnect: boolean, violation: boolean): void {
    this.failure(0, 0, code, reason, comeBack(reconnect));
    void this.#transport.close({ graceMs: refusalGraceMs, violation });
  }
}
