import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { errorCodes, fail } from "../../../schema/errors.ts";
import { framed, linkAndWire, Outcome, settle } from "./two-links.ts";

const packr = new Packr({ useRecords: false, variableMapSize: true });

function map(fields: object): Uint8Array {
  return packr.pack(fields);
}

function nested(depth: number, head: number, inner = 0xc0): number[] {
  return [...new Array<number>(depth).fill(head), inner];
}

const name = [...new TextEncoder().encode("_name")];

/** Messages (without their length) that no link accepts, by the reason that is counted. */
const illegal: Record<string, [what: string, message: readonly number[] | Uint8Array][]> = {
  truncated: [
    ["an array head alone", [0x93]],
    ["an answer without its body", [0x93, 2, 1]],
    ["an answer whose body is shorter than told", [0x93, 2, 1, 0xc4, 5, 1, 2]],
    ["a body of 4 GiB that did not come", [0x93, 2, 1, 0xc6, 0xff, 0xff, 0xff, 0xff]],
    ["a key cut in its integer", [0x93, 2, 0xce, 0, 0]],
    ["a map cut in a string", [0x81, 0xa5, 0x5f]],
    ["a text of 4 GiB that did not come", [0x81, 0xa1, 0x61, 0xdb, 0xff, 0xff, 0xff, 0xff]],
  ],
  count: [
    ["a map of 4 billion entries", [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ["an array of 4 billion elements in a map", [0x81, 0xa1, 0x61, 0xdd, 0xff, 0xff, 0xff, 0xff]],
    ["very many empty maps", map({ _msgtype: "NOTICE", _args: Array.from({ length: 262_145 }, () => ({})) })],
    ["a push to 4 billion sessions", [0x95, 6, 1, 1, 0xdd, 0xff, 0xff, 0xff, 0xff, 0xc4, 0]],
  ],
  depth: [
    ["arrays nested 33 deep in a map", [0x81, 0xa1, 0x61, ...nested(33, 0x91)]],
    [
      "maps nested 100,000 deep",
      nested(100_000, 0x81).flatMap((head) => (head === 0x81 ? [0x81, 0xa0] : [head])),
    ],
    ["arrays nested 100,000 deep in a map", [0x81, 0xa1, 0x61, ...nested(100_000, 0x91)]],
  ],
  arity: [
    ["an empty array", [0x90]],
    ["an array of 4 billion elements", [0xdd, 0xff, 0xff, 0xff, 0xff, 2]],
    ["an answer with four elements", [0x94, 2, 1, 0xc4, 0, 0xc0]],
    ["an ask with five elements", [0x95, 0, 1, 1, 1, 0xc0]],
    ["a cancel with its kind alone", [0x91, 4]],
  ],
  kind: [
    ["an unknown kind", [0x92, 7, 1]],
    ["an unknown target kind", [0x95, 6, 1, 9, 0xc0, 0xc4, 0]],
    ["an unknown _msgtype", map({ _msgtype: "SHOUT" })],
    ["a map without _msgtype", map({ hello: 1 })],
  ],
  type: [
    ["nil", [0xc0]],
    ["text", [0xa1, 0x61]],
    ["the unused head", [0xc1]],
    ["an array whose kind is text", [0x92, 0xa1, 0x61, 1]],
    ["a float for a key", [0x92, 4, 0xca, 0, 0, 0, 0]],
    ["a body that is a number", [0x93, 2, 1, 5]],
    ["a message that is a number", [0x95, 3, 1, 13, 5, 0]],
    ["everyone, named", [0x95, 6, 1, 4, 1, 0xc4, 0]],
    ["the unused head in a map", [0x81, 0xa1, 0x61, 0xc1]],
  ],
  range: [
    ["a negative key", [0x92, 4, 0xff]],
    ["a negative key of 32 bits", [0x92, 4, 0xd2, 0xff, 0xff, 0xff, 0xff]],
    ["a key beyond 53 bits", [0x92, 4, 0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0]],
    ["a method beyond 32 bits", [0x94, 1, 0xcf, 0, 0, 0, 1, 0, 0, 0, 0, 0xc0, 0xc4, 0]],
  ],
  trailing: [
    ["a byte after an answer", [0x93, 2, 1, 0xc4, 0, 0]],
    ["a byte after a map", [...map({ _msgtype: "NOTICE" }), 0]],
  ],
  extension: [
    ["an extension of msgpackr", [0x81, 0xa1, 0x61, 0xd4, 0x72, 0x40]],
    ["an extension of 4 GiB", [0x81, 0xa1, 0x61, 0xc9, 0xff, 0xff, 0xff, 0xff, 1]],
    ["a timestamp of a wrong size", [0x81, 0xa1, 0x61, 0xc7, 3, 0xff, 1, 2, 3]],
  ],
  key: [
    ["an ask with key 0", [0x96, 0, 0, 1, 0, 0xc0, 0xc4, 0]],
    ["a map with a map for a key", [0x81, 0x80, 1]],
    ["a map with nil for a key", [0x81, 0xc0, 1]],
    ["an ASK without _key, which could not be answered", map({ _msgtype: "ASK", _name: "a" })],
    ["an ASK whose _key is nil", map({ _msgtype: "ASK", _key: null, _name: "a" })],
    ["an ASK whose _key is true", map({ _msgtype: "ASK", _key: true, _name: "a" })],
    ["an ASK whose _key is an array", map({ _msgtype: "ASK", _key: [1], _name: "a" })],
    ["an ASK whose _key is a map", map({ _msgtype: "ASK", _key: { a: 1 }, _name: "a" })],
    ["an ASK whose _key is a timestamp", map({ _msgtype: "ASK", _key: new Date(0), _name: "a" })],
    ["an ASK whose _key is a text of 255 bytes", map({ _msgtype: "ASK", _key: "k".repeat(255), _name: "a" })],
  ],
};

describe("a link is closed, with a logged and counted reason, by", () => {
  const cases = Object.entries(illegal).flatMap(([reason, list]) =>
    list.map(([what, message]) => ({ what, reason, message })),
  );
  it.each(cases)("$what: $reason", async ({ reason, message }) => {
    const { send, link, counters, handler, log } = linkAndWire();
    send(framed(message));
    send(framed([0x94, 1, 1, 0xc0, 0xc4, 0]));
    await settle();
    expect(link.alive).toBe(false);
    expect(counters.entries()).toEqual([[`links.illegal.${reason}`, 1]]);
    expect(handler.heard.closed).toEqual([`illegal message: ${reason}`]);
    expect(handler.heard.notices).toEqual([]);
    expect(log.lines).toMatchObject([{ level: "warn", details: { reason } }]);
  });

  it.each([
    ["the bytes FF FF FF FC, which a signed length would loop on", [0xff, 0xff, 0xff, 0xfc], "length"],
    ["a length one above the limit", [0x00, 0x00, 0x04, 0x01], "length"],
    ["an empty message", [0, 0, 0, 0], "truncated"],
  ])("%s, before anything is allocated", async (_what, bytes, reason) => {
    const { send, link, counters } = linkAndWire({ maxFrameBytes: 1_024 });
    send(bytes);
    await settle();
    expect(link.alive).toBe(false);
    expect(counters.entries()).toEqual([[`links.illegal.${reason}`, 1]]);
  });

  it.each([
    [
      "a compact message on a link of the map form",
      map({ _msgtype: "NOTICE", _name: "a" }),
      [0x94, 1, 1, 0xc0, 0xc4, 0],
    ],
    [
      "a compact answer on a link of the map form",
      map({ _msgtype: "NOTICE", _name: "a" }),
      [0x93, 2, 1, 0xc4, 0],
    ],
    [
      "a map on a link of the compact form",
      [0x94, 1, 1, 0xc0, 0xc4, 0],
      map({ _msgtype: "NOTICE", _name: "a" }),
    ],
    [
      "a map after a ping",
      [0x94, 1, 0xce, 0xff, 0xff, 0xff, 0xf1, 0xc0, 0xc4, 0],
      map({ _msgtype: "ASK", _key: 1, _name: "a" }),
    ],
  ])("%s: form", async (_what, first, second) => {
    const { send, link, counters, handler, log } = linkAndWire();
    send(framed(first));
    await settle();
    expect(link.alive).toBe(true);
    const { notices, mapForm } = handler.heard;
    const heard = notices.length + mapForm.length;
    send(framed(second));
    await settle();
    expect(link.alive).toBe(false);
    expect(counters.entries()).toEqual([["links.illegal.form", 1]]);
    expect(handler.heard.closed).toEqual(["illegal message: form"]);
    expect(notices.length + mapForm.length).toBe(heard);
    expect(log.lines).toMatchObject([{ level: "warn", details: { reason: "form" } }]);
  });

  it("a key that is used twice at a time", async () => {
    const { send, link, counters } = linkAndWire();
    const ask = framed([0x96, 0, 5, 1, 0, 0xc0, 0xc4, 0]);
    send([...ask, ...ask]);
    await settle();
    expect([link.alive, counters.get("links.illegal.key")]).toEqual([false, 1]);
  });

  it("every truncation of a message, and by none of its prefixes on the wire", async () => {
    const whole = [0x97, 0, 0xcd, 1, 2, 3, 0xcd, 1, 0, 0xa1, 0x61, 0xc4, 2, 1, 2, 0xa1, 0x74];
    for (let size = 1; size < whole.length; size++) {
      const cut = linkAndWire();
      cut.send(framed(whole.slice(0, size)));
      const waiting = linkAndWire();
      waiting.send(framed(whole).slice(0, size + 4));
      await settle(4);
      expect([size, cut.link.alive, waiting.link.alive]).toEqual([size, false, true]);
      expect(cut.handler.heard.asks).toEqual([]);
    }
  });
});

it("a peer that pings on and on without reading is closed, before its pongs fill the memory", async () => {
  const { link, send, wire, handler } = linkAndWire({ maxBufferedBytes: 1_000 });
  wire.pause();
  const ping = framed([0x94, 1, 0xce, 0xff, 0xff, 0xff, 0xf1, 0xc0, 0xc4, 0]);
  for (let n = 0; n < 20; n++) {
    send(new Array(50).fill([...ping]).flat());
    await settle(2);
  }
  expect([link.alive, handler.heard.closed]).toEqual([false, ["the peer does not read"]]);
});

it("a map-form peer whose notices are wrong, or refused, does not flood the log", async () => {
  const { link, send, handler, log } = linkAndWire();
  handler.onMapForm = () => {
    throw fail("UNAUTHENTICATED", "who are you");
  };
  for (let n = 0; n < 100; n++) {
    send(framed(map({ _msgtype: "NOTICE", _name: 5 })));
    send(framed(map({ _msgtype: "NOTICE", _name: "f" })));
    await settle(1);
  }
  await settle();
  expect(link.alive).toBe(true);
  expect(log.lines.length).toBeGreaterThan(2);
  expect(log.lines.length).toBeLessThan(20);
});

describe("a peer may", () => {
  it("use any width of msgpack for anything", async () => {
    const { send, handler, link } = linkAndWire();
    const keys = [
      [1],
      [0xcc, 2],
      [0xcd, 0, 3],
      [0xce, 0, 0, 0, 4],
      [0xcf, 0, 0, 0, 0, 0, 0, 0, 5],
      [0xd0, 6],
      [0xd1, 0, 7],
      [0xd2, 0, 0, 0, 8],
      [0xd3, 0, 0, 0, 0, 0, 0, 0, 9],
    ];
    const bodies = [
      [0xc4, 1, 65],
      [0xc5, 0, 1, 65],
      [0xc6, 0, 0, 0, 1, 65],
      [0xa1, 65],
      [0xd9, 1, 65],
      [0xda, 0, 1, 65],
      [0xdb, 0, 0, 0, 1, 65],
    ];
    const targets = [
      [0xa1, 65],
      [0xd9, 1, 65],
      [0xda, 0, 1, 65],
      [0xdb, 0, 0, 0, 1, 65],
    ];
    const heads = [[0x96], [0xdc, 0, 6], [0xdd, 0, 0, 0, 6]];
    let sent = 0;
    for (const head of heads) {
      for (const [n, key] of keys.entries()) {
        send(framed([...head, 0, ...key, ...key, ...key, ...targets[n % 4]!, ...bodies[n % 7]!]));
        sent++;
        await settle(3);
        const { method, timeoutMs, target, body, reply } = handler.heard.asks.at(-1)!;
        expect([method, timeoutMs, target, String.fromCharCode(...body)]).toEqual([n + 1, n + 1, "A", "A"]);
        reply.answerBytes(body, 0, 0);
      }
    }
    expect([handler.heard.asks.length, sent, link.alive]).toEqual([27, 27, true]);
  });

  it("answer a call that nobody waits for, any number of times", async () => {
    const { send, link, counters } = linkAndWire();
    for (let key = 1; key < 200; key++) send(framed([0x93, 2, 0xcd, 0, key, 0xc4, 0]));
    send(framed([0x95, 3, 1, 13, 0xa1, 0x61, 0]));
    send(framed([0x92, 4, 77]));
    await settle();
    expect([link.alive, counters.get("links.answers.late")]).toEqual([true, 200]);
  });

  it("have so many calls served at a time as are allowed, with keys that fall on one place", async () => {
    const { send, handler, received, link } = linkAndWire({ maxPending: 10 });
    for (let n = 1; n <= 11; n++) send(framed([0x96, 0, 0xcd, n * 4, 0, 1, 0, 0xc0, 0xc4, 0]));
    await settle();
    expect([handler.heard.asks.length, link.servedCount]).toEqual([10, 10]);
    expect(Buffer.concat(received).toString("latin1")).toContain("too many calls at once");
    for (let n = 1; n <= 10; n++) send(framed([0x92, 4, 0xcd, n * 4, 0]));
    await settle();
    expect([link.servedCount, handler.heard.asks.every(({ reply }) => reply.settled)]).toEqual([0, true]);
  });

  it("name an error code that no code is", async () => {
    const { send, link } = linkAndWire();
    link.askBytes(1, new Uint8Array(0), 0, 0, 100, undefined, new Outcome());
    send(framed([0x95, 3, 1, 0xcf, 0, 0, 0, 1, 0, 0, 0, 13, 0xa1, 0x61, 0]));
    await settle();
    expect(link.alive).toBe(false);
  });

  it("name an error code that is not known", async () => {
    const { send, link } = linkAndWire();
    const outcome = new Outcome();
    const key = link.askBytes(1, new Uint8Array(0), 0, 0, 100, undefined, outcome);
    send(framed([0x95, 3, key, 99, 0xa1, 0x61, 0]));
    await settle();
    expect(outcome.failures).toEqual([{ code: 99, message: "a", retryAfterMs: 0 }]);
  });

  it("send keys like __proto__ in a map: they harm nothing", async () => {
    const { send, handler, link } = linkAndWire();
    const evil = [0x81, 0xa9, ...new TextEncoder().encode("__proto__"), 0x81, 0xa1, 0x61, 1];
    send(
      framed([
        0x84,
        ...packr.pack("_msgtype"),
        ...packr.pack("NOTICE"),
        0xa5,
        ...name,
        0xa1,
        0x66,
        ...packr.pack("_args"),
        0x91,
        ...evil,
        ...packr.pack("_kw"),
        ...evil,
      ]),
    );
    await settle();
    expect(link.alive).toBe(true);
    const { args, kw } = handler.heard.mapForm[0]!;
    for (const value of [args[0], kw]) {
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect((value as { a?: unknown }).a).toBeUndefined();
    }
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it("ask by a map with fields of wrong types: it is answered so", async () => {
    const { send, received, link } = linkAndWire();
    send(framed(map({ _msgtype: "ASK", _key: 1, _name: 5 })));
    send(framed(map({ _msgtype: "ASK", _key: 2, _name: "f", _args: 5 })));
    send(framed(map({ _msgtype: "ASK", _key: 3, _name: "f", _args: [], _kw: [] })));
    send(framed(map({ _msgtype: "NOTICE", _name: 5 })));
    send(framed(map({ _msgtype: "ANSWER", _key: { a: 1 } })));
    await settle();
    const text = Buffer.concat(received).toString("latin1");
    expect(text.match(/INVALID_ARGUMENT/g)).toHaveLength(3);
    expect([link.alive, link.servedCount]).toEqual([true, 0]);
  });
});

describe("an error of a map-form peer", () => {
  it.each([
    ["NOT_FOUND: nobody", "NOT_FOUND", "nobody"],
    ["it broke", "UNKNOWN", "it broke"],
    ["HELLO: it broke", "UNKNOWN", "HELLO: it broke"],
    ["", "UNKNOWN", ""],
    [{ code: "ABORTED", message: "again" }, "ABORTED", "again"],
    [{ code: "constructor", message: { toString: 1 } }, "UNKNOWN", '{"toString":1}'],
    [[1, 2n ** 60n], "UNKNOWN", '[1,"1152921504606846976"]'],
    [true, "UNKNOWN", "true"],
  ] as const)("arrives as an error: case %#", async (error, code, message) => {
    const { send, link } = linkAndWire();
    send(framed(map({ _msgtype: "NOTICE", _name: "hello" })));
    await settle();
    const outcome = new Outcome();
    const key = link.askBytes(1, new Uint8Array(0), 0, 0, 100, undefined, outcome);
    send(framed(map({ _msgtype: "ANSWER", _key: key, result: null, error })));
    await settle();
    expect(outcome.failures).toEqual([{ code: errorCodes[code], message, retryAfterMs: 0 }]);
  });
});
