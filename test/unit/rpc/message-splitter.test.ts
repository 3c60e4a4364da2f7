import { describe, expect, it } from "vitest";
import { Splitter } from "../../../runtime/rpc/envelope/message-splitter.ts";
import { framed } from "./two-links.ts";

function collector(maxBytes = 1_000_000, budget?: { left: number }) {
  const messages: Uint8Array[] = [];
  const places: Uint8Array[] = [];
  const illegal: string[] = [];
  const sink = {
    onMessage: (bytes: Uint8Array, start: number, end: number) => {
      messages.push(bytes.slice(start, end));
      places.push(bytes);
    },
    onIllegal: (reason: string) => void illegal.push(reason),
  };
  const splitter = new Splitter(maxBytes, sink, budget);
  return { splitter, messages, places, illegal };
}

const sizes = [1, 3, 40, 1, 70, 2];
const messages = sizes.map((size, n) => new Uint8Array(size).fill(n + 1));
const stream = Uint8Array.from(messages.flatMap((message) => [...framed(message)]));

describe("the splitter", () => {
  it("delivers the same messages however the stream is cut in three", () => {
    const expected = messages.join("|");
    let looked = 0;
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second++) {
        const seen = collector();
        for (const chunk of [stream.slice(0, first), stream.slice(first, second), stream.slice(second)]) {
          seen.splitter.push(chunk);
        }
        if (seen.messages.join("|") !== expected) expect([first, second, seen.messages]).toEqual(messages);
        looked++;
      }
    }
    expect(looked).toBe(((stream.length + 1) * (stream.length + 2)) / 2);
  });

  it.each([1, 2, 3, 5, 64])("delivers them in chunks of %d bytes", (size) => {
    const seen = collector();
    for (let at = 0; at < stream.length; at += size) seen.splitter.push(stream.slice(at, at + size));
    expect(seen.messages).toEqual(messages);
  });

  it("delivers no more messages than its budget holds; the rest is pushed again, wherever the stream is cut", () => {
    for (let split = 0; split <= stream.length; split++) {
      const budget = { left: 0 };
      const seen = collector(undefined, budget);
      for (const part of [stream.slice(0, split), stream.slice(split)]) {
        for (let rest = part; rest.length > 0; ) {
          const before = seen.messages.length;
          budget.left = 1;
          rest = rest.subarray(seen.splitter.push(rest.slice()));
          expect(seen.messages.length - before).toBeLessThanOrEqual(1);
        }
      }
      expect(seen.messages).toEqual(messages);
    }
  });

  it("delivers a whole message where it lies, without a copy", () => {
    const seen = collector();
    const chunk = stream.slice();
    seen.splitter.push(chunk);
    expect(seen.places.every((place) => place === chunk)).toBe(true);
    expect(seen.places).toHaveLength(sizes.length);
  });

  it("does not deliver what the sink has stopped, not even from the same chunk", () => {
    const seen: number[] = [];
    const splitter = new Splitter(1_000, {
      onMessage: (bytes, start) => {
        seen.push(bytes[start]!);
        if (seen.length === 2) splitter.stop();
      },
      onIllegal: () => seen.push(-1),
    });
    splitter.push(stream);
    splitter.push(stream);
    expect(seen).toEqual([1, 2]);
  });

  it("holds no more than twice what came, whatever the length field promises", () => {
    const allocated: number[] = [];
    const Original = globalThis.Uint8Array;
    const seen = collector(2 ** 31);
    globalThis.Uint8Array = new Proxy(Original, {
      construct(target, args: [number]) {
        allocated.push(args[0]);
        return new target(...args);
      },
    });
    try {
      seen.splitter.push(new Original([0x7f, 0xff, 0xff, 0xff, 1, 2, 3]));
      for (let n = 0; n < 10; n++) seen.splitter.push(new Original(1_000));
    } finally {
      globalThis.Uint8Array = Original;
    }
    const grown = allocated.filter((size) => typeof size === "number" && size !== 1_000);
    expect(grown.length).toBeGreaterThan(0);
    expect(Math.max(...grown)).toBeLessThanOrEqual(2 * 10_007);
  });

  it("stops at a length that is too large, wherever it is cut, and delivers what came before", () => {
    for (let cut = 0; cut <= 9; cut++) {
      const seen = collector(100);
      const bytes = Uint8Array.from([0, 0, 0, 1, 7, 0xff, 0xff, 0xff, 0xfc, 1, 1, 1, 1, 1]);
      seen.splitter.push(bytes.slice(0, cut));
      seen.splitter.push(bytes.slice(cut));
      seen.splitter.push(bytes);
      expect([cut, seen.messages, seen.illegal]).toEqual([cut, [new Uint8Array([7])], ["length"]]);
    }
  });
});
