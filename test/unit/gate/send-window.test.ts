import { expect, test } from "vitest";
import { SendWindow, type WindowMemory } from "../../../runtime/gate/session/send-window.ts";
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

interface Entry {
  readonly of: Kind;
  readonly number: number;
  readonly body: string;
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
    write: (of, _command, number, bytes, start, end) => {
      entries.push({ of, number, body: Buffer.from(bytes.subarray(start, end)).toString("latin1") });
    },
  });
  return entries;
}

function add(window: SendWindow, of: Kind, number: number, body: string): boolean {
  const bytes = Buffer.from(`..${body}..`, "latin1");
  return window.add(of, 7, number, bytes, 2, bytes.length - 2);
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
    return this.sent.slice(this.gone).reduce((sum, { body }) => sum + 13 + body.length, 0);
  }

  add(entry: Entry): boolean {
    const fits = this.bytes + 13 + entry.body.length <= this.limit;
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
  const window = new SendWindow(memory, 1_000);
  const model = new Model(1_000, firstPush);
  let push = firstPush;
  let received = 0;
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
      expect(add(window, of, entry.number, body)).toBe(model.add(entry));
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
  expect(memory.bytes).toBeGreaterThanOrEqual(window.bytes);
  window.close();
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
  const window = new SendWindow(memory, 10_000);
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
  const window = new SendWindow(new Memory(), 10_000);
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
  const window = new SendWindow(memory, 10_000);
  add(window, kind.push, 1, "x".repeat(400));
  window.trim();
  expect(memory.bytes).toBe(512);
  window.acknowledge(1, 0);
  window.trim();
  expect(memory.bytes).toBe(0);
});
