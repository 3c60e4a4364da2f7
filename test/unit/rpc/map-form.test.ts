import { Packr } from "msgpackr";
import { expect, it } from "vitest";
import { Turns } from "../../../runtime/transport/connection/turns.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { bytesOf, framed, linkAndWire, settle, twoLinks } from "./two-links.ts";

/** Keys as msgpack of any language may write them: what a library of ours would write otherwise included. */
it.each([
  ["an integer", [0x05]],
  ["a negative integer", [0xd1, 0xff, 0x00]],
  ["an integer in a wider form than it needs", [0xcf, 0, 0, 0, 0, 0, 0, 0, 7]],
  ["an integer of 64 bits", [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ["a float that is whole", [0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]],
  ["a float of 32 bits", [0xca, 0x3f, 0x80, 0, 0]],
  ["a text", [0xa3, 0x61, 0x2d, 0x31]],
  ["an empty text", [0xa0]],
  ["a text that is not UTF-8, as of a raw id", [0xa4, 0xff, 0xfe, 0x00, 0x80]],
  ["a binary", [0xc4, 2, 0, 1]],
  ["a text of 254 bytes", [0xd9, 254, ...new Array<number>(254).fill(0x6b)]],
])("an answer in the map form carries the key as it came: %s", async (_what, key) => {
  const text = (value: string) => [0xa0 + value.length, ...bytesOf(value)];
  const { send, received, handler } = linkAndWire();
  const kw = [...text("_kw"), 0x81, ...text("_key"), 0x01];
  send(
    framed([
      0x84,
      ...text("_msgtype"),
      ...text("ASK"),
      ...kw,
      ...text("_key"),
      ...key,
      ...text("_name"),
      ...text("a"),
    ]),
  );
  await settle();
  handler.heard.mapForm[0]?.reply?.answer(0);
  await settle();
  const [answer] = received;
  const type = [...text("_msgtype"), ...text("ANSWER")];
  const rest = [...text("result"), 0, ...text("error"), 0xc0];
  expect([...answer!.subarray(4)]).toEqual([0x84, ...type, ...rest, ...text("_key"), ...key]);
});

it("of two keys in one message the later one is answered, and none inside a member", async () => {
  const { send, received, handler } = linkAndWire();
  const fields = (...packed: unknown[]) => packed.flatMap((value) => [...new Packr().pack(value)]);
  const inner = [0x81, ...fields("_key", 3)];
  const message = fields("_key", 1, "_msgtype", "ASK", "_key", 2, "_name", "a", "_kw");
  send(framed([0x85, ...message, ...inner]));
  await settle();
  handler.heard.mapForm[0]?.reply?.answer(0);
  await settle();
  const unpacked: unknown = new Packr({ mapsAsObjects: true }).unpack(received[0]!.subarray(4));
  expect(unpacked).toMatchObject({ _msgtype: "ANSWER", _key: 2 });
});

it("a peer that speaks the compact form is not called in the map form, which would close its link", async () => {
  const { a, b } = twoLinks();
  b.link.notice(1, raw, bytesOf("x"), undefined);
  await settle();
  await expect(a.link.callMapForm("callChild", [1])).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
  expect(a.link.noticeMapForm("callChild", [1])).toBe(false);
  await settle();
  expect([a.link.alive, b.link.alive, b.log.lines]).toEqual([true, true, []]);
});

it("survives a callback that throws, whatever the answer is", async () => {
  const { link, send, log } = linkAndWire();
  const { pack } = new Packr({ useRecords: false });
  const answer = (message: object) => send(framed(pack({ _msgtype: "ANSWER", ...message })));
  send(framed(pack({ _msgtype: "NOTICE", _name: "a" })));
  await settle();
  const throwing = () => {
    throw new Error("broken");
  };
  for (const message of [{ result: "x" }, { result: 7 }, { error: "NOT_FOUND: no such room" }]) {
    const sink = { answer: throwing, failure: throwing };
    const key = link.askBytes(1, bytesOf("x"), 0, 1, 1_000, undefined, sink);
    answer({ _key: key, ...message });
    await settle();
  }
  expect(link.alive).toBe(true);
  expect(log.lines.map(({ message }) => message)).toContain("answer callback of a call threw");
});

it.each([
  ["compact", [0x94, 1, 1, 0xc0, 0xc4, 0], 128],
  ["map", new Packr({ useRecords: false }).pack({ _msgtype: "NOTICE", _name: "a" }), 2],
])("of messages of the %s form a turn takes as many as others do not feel", async (_form, message, most) => {
  const planned: (() => void)[] = [];
  const turns = new Turns(128, (run) => planned.push(run));
  const { send, handler } = linkAndWire({}, { turns });
  send(Array.from({ length: 300 }, () => [...framed(message)]).flat());
  await settle();
  const heard = () => handler.heard.notices.length + handler.heard.mapForm.length;
  expect(heard()).toBe(most);
  planned.shift()?.();
  expect(heard()).toBe(2 * most);
  for (let run = planned.shift(); run !== undefined; run = planned.shift()) run();
  await settle();
  expect(heard()).toBe(300);
});
