import { expect, test } from "vitest";
import { type FrameSource, SendWindow } from "../../../runtime/gate/session/send-window.ts";
import { SharedPush, type WindowMemory, WindowStore } from "../../../runtime/gate/session/window-store.ts";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { defaultFrameFormat, type FrameFormat } from "../../../runtime/wire/frame/frame-format.ts";
import { endFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import { beginMessage } from "../../../runtime/wire/session/control-messages.ts";
import { type Kind, kind, nextSequence } from "../../../runtime/wire/session/envelope.ts";

/** Memory with a bound, which nothing else uses. */
class Memory implements WindowMemory {
  bytes = 0;
  bound = Infinity;
  refused = 0;

  take(bytes: number): boolean {
    if (this.bytes + bytes > this.bound) {
      this.refused++;
      return false;
    }
    this.bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.bytes -= bytes;
  }
}

const storeOf = (memory: WindowMemory, format = defaultFrameFormat) => new WindowStore(memory, format);
/** Bytes of a frame before its body. */
const headBytes = 22;
/** Head with the bytes of which the entries of a window could be mistaken. */
const wideFormat: FrameFormat = { head: [0xff, 0, 0xff, 0], layout: "wide", serverVersion: 7 };

interface Entry {
  readonly of: Kind;
  readonly number: number;
  readonly body: string;
}

function sharedPush(body: string): SharedPush {
  const bytes = Buffer.from(`..${body}..`, "latin1");
  return new SharedPush(7, bytes, 2, bytes.length - 2);
}

/** Numbers between 0 and 1 that a seed decides (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function contentOf(window: SendWindow): Entry[] {
  const entries: Entry[] = [];
  window.repeat({
    write: (of, command, number, bytes, start, end) => {
      expect(command).toBe(7);
      entries.push({ of, number, body: Buffer.from(bytes.subarray(start, end)).toString("latin1") });
    },
  });
  return entries;
}

function add(window: SendWindow, of: Kind, number: number, body: string): boolean {
  const bytes = Buffer.from(`..${body}..`, "latin1");
  return window.add(of, 7, number, bytes, 2, bytes.length - 2);
}

/** Output of a connection, from which a window gets its frames. */
class Output implements FrameSource {
  readonly #window: SendWindow;
  readonly #format: FrameFormat;
  readonly #out = new Writer();
  #settled = 0;

  constructor(window: SendWindow, format: FrameFormat) {
    this.#window = window;
    this.#format = format;
  }

  write({ of, number, body }: Entry): void {
    if (of === kind.push) expect(this.#window.countPush()).toBe(number);
    else this.#window.countAnswer();
    const mark = beginMessage(this.#out, this.#format, of, 7, number);
    this.#out.append(Buffer.from(body, "latin1"));
    endFrame(this.#out, this.#format, mark);
  }

  settle(): void {
    const from = this.#settled;
    this.#settled = this.#out.position;
    if (from < this.#settled) this.#window.keep(this.#out.bytes, from, this.#settled);
  }

  flush(): void {
    this.settle();
    this.#out.position = 0;
    this.#out.bytes.fill(0xee);
    this.#settled = 0;
  }
}

/** What a window has to do, in a list of everything that was ever sent. */
class Model {
  readonly sent: Entry[] = [];
  /** Number of entries that have left the window. */
  gone = 0;
  readonly limit: number;
  readonly firstPush: number;

  constructor(limit: number, firstPush: number) {
    this.limit = limit;
    this.firstPush = firstPush;
  }

  get bytes(): number {
    return this.sent.slice(this.gone).reduce((sum, { body }) => sum + headBytes + body.length, 0);
  }

  add(entry: Entry): boolean {
    const fits = this.bytes + headBytes + entry.body.length <= this.limit;
    this.sent.push(entry);
    while (this.gone < this.sent.length && this.bytes > this.limit) this.gone++;
    return fits;
  }

  /** Numbers of a client that has received the first `count` messages. */
  received(count: number): [push: number, answers: number] {
    const got = this.sent.slice(0, count);
    const last = got.findLast(({ of }) => of === kind.push);
    return [last?.number ?? this.firstPush, got.filter(({ of }) => of !== kind.push).length];
  }
}

/** Plays operations on a window and its model. */
function play(seed: number, operations: number, firstPush: number): void {
  const next = random(seed);
  const below = (most: number) => Math.floor(next() * most);
  const memory = new Memory();
  const store = storeOf(memory);
  const window = new SendWindow(store, 1_000);
  const output = new Output(window, defaultFrameFormat);
  const model = new Model(1_000, firstPush);
  let push = firstPush;
  let received = 0;
  window.open(output);
  if (firstPush !== 0) {
    // The session had pushes before, all acknowledged.
    add(window, kind.push, firstPush, "");
    window.acknowledge(firstPush, 0);
  }
  for (let n = 0; n < operations; n++) {
    const choice = below(10);
    if (choice < 6) {
      const body = String.fromCharCode(65 + below(26)).repeat(below(10) === 0 ? below(1_200) : below(60));
      const of = ([kind.push, kind.reply, kind.error] as const)[below(3)]!;
      if (of === kind.push) push = nextSequence(push);
      const entry = { of, number: of === kind.push ? push : 1 + below(1_000), body };
      const way = below(4);
      if (way < 2) {
        model.add(entry);
        output.write(entry);
        if (below(4) === 0) output.flush();
      } else if (way === 2 && of === kind.push) {
        expect(window.share(sharedPush(body), window.countPush())).toBe(model.add(entry));
      } else expect(add(window, of, entry.number, body)).toBe(model.add(entry));
    } else if (choice < 8) {
      received += below(model.sent.length - received + 1);
      window.acknowledge(...model.received(received));
      model.gone = Math.max(model.gone, received);
    } else if (choice < 9) {
      // Numbers that no client can have.
      const absurd = 1 + below(2 ** 30);
      window.acknowledge((push + absurd) >>> 0, absurd);
      expect(window.covers((push + absurd) >>> 0, 0)).toBe(false);
      expect(window.covers(push, model.sent.length + absurd)).toBe(false);
    } else {
      const count = below(model.sent.length + 1);
      const [number, answers] = model.received(count);
      const lacked = model.sent.slice(count, model.gone);
      const lacks = (of: boolean) => lacked.some((entry) => (entry.of === kind.push) === of);
      expect(window.covers(number, answers)).toBe(!lacks(true) && !lacks(false));
    }
    expect(window.bytes).toBe(model.bytes);
    if (n % 16 === 0) expect(contentOf(window)).toEqual(model.sent.slice(model.gone));
  }
  expect(contentOf(window)).toEqual(model.sent.slice(model.gone));
  window.close();
  expect(store.sharedCount).toBe(0);
  expect(memory.bytes).toBe(0);
  expect(add(window, kind.reply, 1, "late")).toBe(true);
  expect(memory.bytes).toBe(0);
}

test.each([1, 2, 3, 4])("a window behaves as a plain list does, seed %i", (seed) => {
  play(seed, 1_250, 0);
});

test.each([5, 6, 7, 8])("push numbers wrap around, seed %i", (seed) => {
  play(seed, 1_250, 2 ** 32 - 100 * (seed - 4));
});

test("a window that the gate's bound does not let grow uses the room that it has", () => {
  const memory = new Memory();
  const window = new SendWindow(storeOf(memory), 10_000);
  for (let n = 1; n <= 4; n++) add(window, kind.push, n, "x".repeat(100));
  window.acknowledge(2, 0);
  memory.bound = memory.bytes;
  expect(add(window, kind.push, 5, "y".repeat(100))).toBe(true);
  expect(contentOf(window).map(({ number }) => number)).toEqual([3, 4, 5]);
  expect(memory.refused).toBe(1);
  expect(add(window, kind.push, 6, "z".repeat(600))).toBe(false);
  expect(window.bytes).toBe(0);
  expect(window.covers(6, 0)).toBe(true);
  expect(window.covers(5, 0)).toBe(false);
});

test("a window does not cover a client that has acknowledged more than it says to have", () => {
  const window = new SendWindow(storeOf(new Memory()), 10_000);
  for (let n = 1; n <= 3; n++) {
    add(window, kind.push, n, "push");
    add(window, kind.reply, n, "reply");
  }
  window.acknowledge(2, 2);
  expect(window.covers(2, 2)).toBe(true);
  expect(window.covers(1, 2)).toBe(false);
  expect(window.covers(2, 1)).toBe(false);
});

test("a window without entries gives its memory back when it is trimmed, one with entries does not", () => {
  const memory = new Memory();
  const window = new SendWindow(storeOf(memory), 10_000);
  add(window, kind.push, 1, "x".repeat(400));
  window.trim();
  expect(memory.bytes).toBe(512);
  window.acknowledge(1, 0);
  window.trim();
  expect(memory.bytes).toBe(0);
});

test("frames of any layout are kept as they were written, until the output is flushed or the window is asked", () => {
  const window = new SendWindow(storeOf(new Memory(), wideFormat), 10_000);
  const output = new Output(window, wideFormat);
  window.open(output);
  const written = [
    { of: kind.reply, number: 4, body: "four" },
    { of: kind.push, number: 1, body: "\xff\x00" },
    { of: kind.error, number: 5, body: "" },
  ];
  for (const entry of written) output.write(entry);
  expect(contentOf(window)).toEqual(written);
  expect(window.bytes).toBe(3 * 25 + 6);
  const shared = { of: kind.push, number: window.countPush(), body: "shared" };
  output.write({ of: kind.reply, number: 6, body: "six" });
  window.share(sharedPush("shared"), shared.number);
  output.flush();
  expect(contentOf(window)).toEqual([...written, { of: kind.reply, number: 6, body: "six" }, shared]);
  window.acknowledge(1, 2);
  expect(contentOf(window)).toEqual([{ of: kind.reply, number: 6, body: "six" }, shared]);
});

test("of frames that were written together and do not fit, the newest are kept", () => {
  const window = new SendWindow(storeOf(new Memory()), 100);
  const output = new Output(window, defaultFrameFormat);
  window.open(output);
  for (let number = 1; number <= 5; number++) output.write({ of: kind.reply, number, body: "x".repeat(20) });
  output.flush();
  expect(contentOf(window).map(({ number }) => number)).toEqual([4, 5]);
  expect(window.covers(0, 3)).toBe(true);
  expect(window.covers(0, 2)).toBe(false);
});

test("a push to many sessions is in memory once, until the last of them has it", () => {
  const memory = new Memory();
  const store = storeOf(memory);
  const windows = Array.from({ length: 1_000 }, () => new SendWindow(store, 100_000));
  const body = "x".repeat(5_000);
  for (let push = 1; push <= 10; push++) {
    const shared = sharedPush(body);
    for (const window of windows) expect(window.share(shared, window.countPush())).toBe(true);
  }
  expect(store.sharedCount).toBe(10);
  expect(memory.bytes).toBeGreaterThan(50_000);
  expect(memory.bytes).toBeLessThan(1_000_000);
  expect(windows[0]!.bytes).toBe(10 * (headBytes + 5_000));
  for (const window of windows.slice(1)) window.acknowledge(9, 0);
  expect(store.sharedCount).toBe(10);
  windows[0]!.acknowledge(4, 0);
  expect(store.sharedCount).toBe(6);
  expect(contentOf(windows[0]!)[0]).toEqual({ of: kind.push, number: 5, body });
  for (const window of windows) window.close();
  expect({ shared: store.sharedCount, bytes: memory.bytes }).toEqual({ shared: 0, bytes: 0 });
});

test("a push that the gate's bound does not allow is lost to the windows that it does not fit, and to no other", () => {
  const memory = new Memory();
  const store = storeOf(memory);
  const [one, other] = [new SendWindow(store, 10_000), new SendWindow(store, 10_000)];
  add(one, kind.push, 1, "first");
  memory.bound = memory.bytes + 600;
  const large = sharedPush("x".repeat(600));
  expect(one.share(large, one.countPush())).toBe(false);
  expect(contentOf(one)).toEqual([]);
  const small = sharedPush("small");
  expect(one.share(small, one.countPush())).toBe(true);
  expect(other.share(small, other.countPush())).toBe(false);
  expect(contentOf(one)).toEqual([{ of: kind.push, number: 3, body: "small" }]);
  one.close();
  other.close();
  expect(memory.bytes).toBe(0);
});
