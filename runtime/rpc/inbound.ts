import { errorCodes } from "../../schema/errors.ts";
import type { CountedLog } from "../log/counted-log.ts";
import type { TurnShare } from "../transport/transport.ts";
import type { PendingCalls } from "./calls/pending-calls.ts";
import { CallResponder, type ServedCalls } from "./calls/served-calls.ts";
import { CompactReader } from "./envelope/compact-reader.ts";
import { outcome } from "./envelope/failure-outcome.ts";
import { isMapForm } from "./envelope/map-form.ts";
import {
  type IllegalMessage,
  IllegalMessageError,
  kind,
  linkMethod,
  longestMessageChars,
  unregisteredBytes,
  unregisteredMessages,
} from "./envelope/message-kinds.ts";
import { Splitter } from "./envelope/message-splitter.ts";
import type { LinkHandler } from "./link-handler.ts";
import type { LinkHeartbeat } from "./link-heartbeat.ts";
import { boundTimeout, type LinkLimits, type LinkOptions, type LinkState } from "./link-options.ts";
import type { MapFormSide } from "./map-form-side.ts";
import type { Outbound } from "./outbound.ts";
import { type RetryCause, retryAfterMs } from "./retry-after.ts";

/**
 * Units of the turn's share that a map-form message takes. It costs ten times as much as a compact one, and creates
 * more garbage.
 */
const mapFormShare = 64;

/** Calls of one chunk after which the clock is read again. To read it for each call costs a twentieth of a short call. */
const callsPerReading = 16;

/** Parts of the receiving side of a link. */
export interface InboundParts {
  readonly link: LinkState;
  readonly options: LinkOptions;
  readonly counted: CountedLog;
  readonly limits: Required<LinkLimits>;
  readonly outbound: Outbound;
  readonly pending: PendingCalls;
  readonly served: ServedCalls;
  readonly mapForm: MapFormSide;
  /** The link's share of a turn of the event loop; undefined for no bound. */
  readonly turn: TurnShare | undefined;
  /** Called when the peer's first message is in the map form. */
  readonly onMapForm: () => void;
  readonly heartbeat: LinkHeartbeat;
  readonly onIllegal: (reason: IllegalMessage) => void;
}

/** Reads the messages of a link and dispatches each to its call or handler. */
export class Inbound {
  /** Message form of the peer, as in its first message; undefined before the first message. */
  form: "compact" | "map" | undefined = undefined;
  /** Arrival of the current chunk, on the link's clock. */
  receivedAt = 0;
  /** Time on the link's clock, for a call of the current chunk: at most {@link callsPerReading} calls old. */
  recentAt = 0;
  #callCount = 0;
  readonly #parts: InboundParts;
  readonly #handler: LinkHandler;
  /**
   * Whether new calls are rejected. Read once for each chunk; the outbound side bounds what the calls of a chunk can
   * add.
   */
  #refusesCalls = false;
  readonly #reader = new CompactReader();
  readonly #splitter: Splitter;
  /** Whether the peer has introduced itself. */
  #known: boolean;
  /** Messages received before the peer introduced itself. */
  #heard = 0;

  constructor(parts: InboundParts) {
    this.#parts = parts;
    this.#handler = parts.options.handler;
    const sink = {
      onMessage: (bytes: Uint8Array, start: number, end: number) => this.#onMessage(bytes, start, end),
      onIllegal: (reason: IllegalMessage) => parts.onIllegal(reason),
    };
    const { maxFrameBytes } = parts.limits;
    this.#known = this.#handler.known !== false;
    const most = this.#known ? maxFrameBytes : Math.min(unregisteredBytes, maxFrameBytes);
    this.#splitter = new Splitter(most, sink, parts.turn);
  }

  push(chunk: Uint8Array, now: number): void {
    this.receivedAt = now;
    this.recentAt = now;
    this.#refusesCalls = this.#parts.outbound.overloaded;
    const taken = this.#splitter.push(chunk);
    if (taken < chunk.length) this.#parts.turn?.putBack(chunk.subarray(taken));
  }

  stop(): void {
    this.#splitter.stop();
  }

  #onMessage(bytes: Uint8Array, start: number, end: number): void {
    if (this.#known) {
      this.#read(bytes, start, end);
      return;
    }
    if (++this.#heard > unregisteredMessages) {
      this.#parts.onIllegal("unregistered");
      return;
    }
    this.#read(bytes, start, end);
    this.#known = this.#handler.known !== false;
    if (this.#known) this.#splitter.maxBytes = this.#parts.limits.maxFrameBytes;
  }

  #read(bytes: Uint8Array, start: number, end: number): void {
    if (isMapForm(bytes[start]!)) {
      if (this.form === "compact") this.#parts.onIllegal("form");
      else this.#onMap(bytes, start, end);
      return;
    }
    const message = this.#reader;
    try {
      message.read(bytes, start, end);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.form !== "compact") {
      if (this.form === "map") {
        this.#parts.onIllegal("form");
        return;
      }
      this.form = "compact";
    }
    switch (message.kind) {
      case kind.answer:
        this.#onAnswer(message, bytes);
        break;
      case kind.ask:
      case kind.relay:
        this.#onCall(message, bytes);
        break;
      case kind.notice:
        this.#onNotice(message, bytes);
        break;
      case kind.failure:
        this.#onFailure(message);
        break;
      case kind.cancel:
        this.#parts.served.get(message.key)?.cancel();
        break;
      case kind.push:
        this.#onPush(message, bytes);
        break;
    }
  }

  #onAnswer(message: CompactReader, bytes: Uint8Array): void {
    const sink = this.#parts.pending.take(message.key);
    if (sink === undefined) {
      this.#parts.options.counters?.add("links.answers.late");
      return;
    }
    try {
      sink.answer(bytes, message.bodyStart, message.bodyEnd);
    } catch (error) {
      this.#parts.counted.error({ err: error }, "answer callback of a call threw");
    }
  }

  #onFailure(message: CompactReader): void {
    const sink = this.#parts.pending.take(message.key);
    if (sink === undefined) {
      this.#parts.options.counters?.add("links.answers.late");
      return;
    }
    try {
      sink.failure(
        message.number,
        message.message.slice(0, longestMessageChars),
        message.ms,
        message.outcome,
      );
    } catch (error) {
      this.#parts.counted.error({ err: error }, "answer callback of a call threw");
    }
  }

  /** Handles an ASK, or a RELAY with or without a key. */
  #onCall(message: CompactReader, bytes: Uint8Array): void {
    const { limits, served } = this.#parts;
    const ms = boundTimeout(message.ms, limits);
    if (++this.#callCount % callsPerReading === 0) this.recentAt = this.#parts.options.clock.now();
    let reply: CallResponder | undefined;
    if (message.key !== 0) {
      if (this.#refusesCall(message.key)) return;
      reply = new CallResponder(served, message.key, this.receivedAt + ms, message.trace);
      if (!served.add(reply)) {
        this.#parts.onIllegal("key");
        return;
      }
    }
    const { bodyStart, bodyEnd, number, session, target, trace } = message;
    try {
      if (message.kind === kind.relay) {
        this.#handler.onRelay(session, number, bytes, bodyStart, bodyEnd, ms, reply, trace);
      } else if (reply) {
        this.#handler.onAsk(number, target, bytes, bodyStart, bodyEnd, ms, reply);
      }
    } catch (error) {
      if (reply) reply.fail(error);
      else this.#parts.counted.error({ err: error, command: number }, "command handler threw");
    }
  }

  #refusesCall(key: number): boolean {
    const { link, outbound, served } = this.#parts;
    const { UNAVAILABLE, RESOURCE_EXHAUSTED } = errorCodes;
    const refuse = (code: number, reason: string, cause: RetryCause) => {
      outbound.failure(key, code, reason, retryAfterMs(cause), outcome.notRun);
      return true;
    };
    if (link.closing) return refuse(UNAVAILABLE, "the link is closing", "stopping");
    if (served.full) return refuse(RESOURCE_EXHAUSTED, "too many calls at once", "busy");
    return this.#refusesCalls && refuse(RESOURCE_EXHAUSTED, "answers are read too slowly", "busy");
  }

  #onNotice(message: CompactReader, bytes: Uint8Array): void {
    const { counted } = this.#parts;
    if (message.number === linkMethod.ping) {
      this.#parts.heartbeat.onPing();
      return;
    }
    if (message.number === linkMethod.pong) {
      this.#parts.heartbeat.onPong();
      return;
    }
    const { number, target, bodyStart, bodyEnd, trace } = message;
    try {
      this.#handler.onNotice(number, target, bytes, bodyStart, bodyEnd, trace);
    } catch (error) {
      counted.error({ err: error, method: number }, "method handler threw");
    }
  }

  #onPush(message: CompactReader, bytes: Uint8Array): void {
    const { counted } = this.#parts;
    const push = message.number;
    try {
      this.#handler.onPush(push, message.address!, bytes, message.bodyStart, message.bodyEnd);
    } catch (error) {
      counted.error({ err: error, push }, "push handler threw");
    }
  }

  #onMap(bytes: Uint8Array, start: number, end: number): void {
    const { mapForm, link, turn } = this.#parts;
    if (turn !== undefined) turn.left -= mapFormShare - 1;
    let message: ReturnType<MapFormSide["read"]>;
    try {
      message = mapForm.read(bytes, start, end);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.form === undefined) {
      this.form = "map";
      this.#parts.onMapForm();
    }
    mapForm.dispatch(message, !link.closing);
  }

  #refuse(error: unknown): void {
    if (!(error instanceof IllegalMessageError)) {
      this.#parts.counted.error({ err: error }, "reading a link message failed");
    }
    this.#parts.onIllegal(error instanceof IllegalMessageError ? error.reason : "type");
  }
}
