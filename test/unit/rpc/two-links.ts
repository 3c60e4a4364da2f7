import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { Counters } from "../../../runtime/log/counters.ts";
import { type Logger, silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import type { LinkHandler, MapFormResponder, Responder } from "../../../runtime/rpc/link-handler.ts";
import type { LinkOptions } from "../../../runtime/rpc/link-options.ts";
import { type MemoryPairOptions, memoryPair } from "../../../runtime/transport/memory.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";

export interface Heard {
  asks: { method: number; target: unknown; body: Uint8Array; timeoutMs: number; reply: Responder }[];
  notices: { method: number; target: unknown; body: Uint8Array; trace: string | undefined }[];
  relays: {
    session: number;
    command: number;
    body: Uint8Array;
    reply: Responder | undefined;
    trace: string | undefined;
  }[];
  pushes: { push: number; address: unknown; body: Uint8Array }[];
  mapForm: {
    name: string;
    args: unknown[];
    kw: Record<string, unknown>;
    reply: MapFormResponder | undefined;
  }[];
  drains: number;
  closed: string[];
}

/** A handler that notes what it hears, and answers only when told to. */
export class Recorder implements LinkHandler {
  readonly heard: Heard = {
    asks: [],
    notices: [],
    relays: [],
    pushes: [],
    mapForm: [],
    drains: 0,
    closed: [],
  };
  /** Replaces the noting of asks. */
  ask: ((method: number, body: Uint8Array, reply: Responder) => void) | undefined;

  onAsk(
    method: number,
    target: unknown,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    reply: Responder,
  ): void {
    const body = bytes.slice(start, end);
    if (this.ask) this.ask(method, body, reply);
    else this.heard.asks.push({ method, target, body, timeoutMs, reply });
  }

  onNotice(
    method: number,
    target: unknown,
    bytes: Uint8Array,
    start: number,
    end: number,
    trace: string | undefined,
  ): void {
    this.heard.notices.push({ method, target, body: bytes.slice(start, end), trace });
  }

  onRelay(
    session: number,
    command: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    _timeoutMs: number,
    reply: Responder | undefined,
    trace: string | undefined,
  ): void {
    this.heard.relays.push({ session, command, body: bytes.slice(start, end), reply, trace });
  }

  onPush(push: number, address: unknown, bytes: Uint8Array, start: number, end: number): void {
    this.heard.pushes.push({ push, address, body: bytes.slice(start, end) });
  }

  onMapForm(
    name: string,
    args: unknown[],
    kw: Record<string, unknown>,
    reply: MapFormResponder | undefined,
  ): void {
    this.heard.mapForm.push({ name, args, kw, reply });
  }

  onDrain(): void {
    this.heard.drains++;
  }

  onClose(reason: string): void {
    this.heard.closed.push(reason);
  }
}

/** A logger that keeps its lines. */
export function recordingLogger(): Logger & { lines: { level: string; details: object; message: string }[] } {
  const lines: { level: string; details: object; message: string }[] = [];
  const at = (level: string) => (details: object, message: string) =>
    void lines.push({ level, details, message });
  return {
    ...silentLogger,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: () => silentLogger,
    lines,
  };
}

export interface End {
  readonly link: Link;
  readonly handler: Recorder;
  readonly counters: Counters;
  readonly log: ReturnType<typeof recordingLogger>;
}

export function openEnd(
  transport: Transport,
  clock: FakeClock,
  name: string,
  options: Partial<LinkOptions> = {},
): End {
  const handler = new Recorder();
  const counters = new Counters();
  const log = recordingLogger();
  const deadlines = new Deadlines(clock);
  const link = new Link(transport, { clock, deadlines, log, counters, name, handler, ...options });
  return { link, handler, counters, log };
}

/** Two links over memory on a clock that stands still. */
export function twoLinks(options: Partial<LinkOptions> = {}, chunkBytes?: number) {
  const clock = new FakeClock();
  const [left, right] = memoryPair(chunkBytes === undefined ? {} : { chunkBytes });
  return { clock, a: openEnd(left, clock, "a", options), b: openEnd(right, clock, "b", options) };
}

/** One link, and the bare transport of whoever talks to it. */
export function linkAndWire(options: Partial<LinkOptions> = {}, pair: MemoryPairOptions = {}) {
  const clock = new FakeClock();
  const [left, right] = memoryPair(pair);
  const end = openEnd(left, clock, "a", options);
  const received: Uint8Array[] = [];
  const closed: string[] = [];
  right.start({
    onData: (chunk) => void received.push(chunk.slice()),
    onDrain() {},
    onClose: (reason) => void closed.push(reason),
  });
  const send = (bytes: Uint8Array | readonly number[]) => {
    right.output.append(Uint8Array.from(bytes));
    right.flushNow();
  };
  return { clock, ...end, wire: right, send, received, closed };
}

/** Lets everything arrive that is under way. */
export async function settle(turns = 8): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Puts the length before a message. */
export function framed(message: Uint8Array | readonly number[]): Uint8Array {
  const bytes = new Uint8Array(message.length + 4);
  new DataView(bytes.buffer).setUint32(0, message.length);
  bytes.set(message, 4);
  return bytes;
}

/** What a call ended with. */
export class Outcome {
  answers: Uint8Array[] = [];
  failures: { code: number; message: string; retryAfterMs: number }[] = [];

  answer(bytes: Uint8Array, start: number, end: number): void {
    this.answers.push(bytes.slice(start, end));
  }

  failure(code: number, message: string, retryAfterMs: number): void {
    this.failures.push({ code, message, retryAfterMs });
  }
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
