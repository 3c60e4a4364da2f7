import type { FailureOutcome } from "../../rpc/failure-outcome.ts";
import { Writer } from "../../wire/codec/codec-runtime.ts";
import { Failure, type NodeChange } from "../../wire/generated/photinus/control.ts";
import { wholeMs } from "../../wire/session/control-messages.ts";
import { type Kind, kind, nextSequence } from "../../wire/session/envelope.ts";
import type { ClientWire } from "../session/gate-session.ts";
import type { DetachableWire, SessionOutput } from "../session/resume.ts";
import type { SendWindow } from "../session/send-window.ts";

/** Called when a message does not fit into the window of a session without a connection. */
export type OnOverrun = () => void;

/**
 * Wire of a session that can be resumed. Keeps answers and numbered pushes until the client has acknowledged them, and writes to
 * the connection that the session has now, if it has one.
 */
export class ResumableWire implements ClientWire, DetachableWire {
  readonly ordered = false;
  readonly #window: SendWindow;
  readonly #awayBytes: number;
  #out: SessionOutput | undefined;
  #lastPush = 0;
  onOverrun: OnOverrun = () => {};

  /**
   * @param awayBytes `bufferedBytes` while there is no connection: above the soft limit, so that "latest" pushes are held back
   * and "droppable" ones are dropped
   */
  constructor(window: SendWindow, awayBytes: number, out: SessionOutput) {
    this.#window = window;
    this.#awayBytes = awayBytes;
    this.#out = out;
  }

  get bufferedBytes(): number {
    return this.#out === undefined ? this.#awayBytes : this.#out.bufferedBytes;
  }

  detach(): void {
    this.#out = undefined;
  }

  attach(out: SessionOutput): void {
    this.#window.repeat(out);
    this.#out = out;
  }

  reply(command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    this.#send(kind.reply, command, sequence, bytes, start, end);
  }

  failure(
    command: number,
    sequence: number,
    code: number,
    message: string,
    retryAfterMs: number,
    how: FailureOutcome,
  ): void {
    const body = new Writer(64 + message.length);
    Failure.write(body, Failure.create({ code, message, retryAfterMs: wholeMs(retryAfterMs), outcome: how }));
    this.#send(kind.error, command, sequence, body.bytes, 0, body.position);
  }

  push(id: number, numbered: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (numbered) {
      this.#lastPush = nextSequence(this.#lastPush);
      this.#send(kind.push, id, this.#lastPush, bytes, start, end);
    } else this.#out?.write(kind.push, id, 0, bytes, start, end);
  }

  goAway(address: string, graceMs: number): void {
    this.#out?.goAway(address, graceMs);
  }

  nodeChanged(change: NodeChange): void {
    this.#out?.nodeChanged(change);
  }

  kick(code: number, reason: string, reconnect: boolean, violation: boolean): void {
    this.#out?.kick(code, reason, reconnect, violation);
  }

  #send(of: Kind, command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    const fits = this.#window.add(of, command, sequence, bytes, start, end);
    if (this.#out !== undefined) this.#out.write(of, command, sequence, bytes, start, end);
    else if (!fits) this.onOverrun();
  }
}
