import { refusalGraceMs, type Transport } from "../../transport/transport.ts";
import { classicVersion, type FrameFormat } from "../../wire/frame/frame-format.ts";
import { beginFrame, endFrame, writeFrame } from "../../wire/frame/frame-writer.ts";
import { Failure } from "../../wire/generated/photinus/control.ts";
import { wholeMs } from "../../wire/session/control-messages.ts";
import type { ClientWire } from "../session/gate-session.ts";
import { comeBack } from "./session-wire.ts";

/**
 * Reserved command of error frames on classic connections. The body is a `photinus.control.Failure` with the failed command, or
 * with command 0 when the connection is about to close. The frame takes the place of the reply. Unmodified gfirefly clients
 * ignore the unknown command.
 */
export const classicFailure = 0xffffff7f;

/**
 * Writes frames without an envelope, for gfirefly clients. A reply has the command id of its request, and replies keep the order
 * of their requests: nothing else relates the two.
 */
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

  push(id: number, _numbered: boolean, bytes: Uint8Array, start: number, end: number): void {
    this.reply(id, 0, bytes, start, end);
  }

  /** Does nothing: the classic protocol has no GoAway. Classic clients notice when the connection closes. */
  goAway(): void {}

  /** Does nothing: the classic protocol has no such message. A request to a lost node fails with an error that names the node. */
  nodeChanged(): void {}

  kick(code: number, reason: string, reconnect: boolean, violation: boolean): void {
    this.failure(0, 0, code, reason, comeBack(reconnect));
    void this.#transport.close({ graceMs: refusalGraceMs, violation });
  }
}
