import type { FailureOutcome } from "../../rpc/envelope/failure-outcome.ts";
import { Writer } from "../../wire/codec/codec-runtime.ts";
import { Failure } from "../../wire/generated/photinus/control.ts";
import { wholeMs } from "../../wire/session/control-messages.ts";
import { type Kind, kind, nextSequence } from "../../wire/session/envelope.ts";
import type { ClientWire } from "../session/gate-session.ts";
import type { Resume } from "../session/resume.ts";
import type { SharedPush } from "../session/window-store.ts";

/** Wire of a session without a connection: keeps answers and numbered pushes for the client's return, and drops all else. */
export class SuspendedWire implements ClientWire {
  readonly ordered = false;
  /** Above the soft limit, so that "latest" pushes are held back and "droppable" ones are dropped. */
  readonly bufferedBytes: number;
  readonly #resume: Resume;
  readonly #onOverrun: () => void;

  /** @param onOverrun called when a message does not fit into the window */
  constructor(resume: Resume, bufferedBytes: number, onOverrun: () => void) {
    this.#resume = resume;
    this.bufferedBytes = bufferedBytes;
    this.#onOverrun = onOverrun;
  }

  reply(command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    this.#keep(kind.reply, command, sequence, bytes, start, end);
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
    this.#keep(kind.error, command, sequence, body.bytes, 0, body.position);
  }

  push(
    id: number,
    numbered: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    shared?: SharedPush,
  ): void {
    if (!numbered) return;
    const { window } = this.#resume;
    if (shared === undefined) this.#keep(kind.push, id, nextSequence(window.lastPush), bytes, start, end);
    else if (!window.share(shared, window.countPush())) this.#onOverrun();
  }

  /** "latest" pushes that wait for the client count towards the bounds of the window. */
  heldBack(bytes: number): void {
    if (!this.#resume.window.setAside(bytes)) this.#onOverrun();
  }

  goAway(): void {}

  nodeChanged(): void {}

  kick(): void {}

  #keep(of: Kind, command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    if (!this.#resume.window.add(of, command, sequence, bytes, start, end)) this.#onOverrun();
  }
}
