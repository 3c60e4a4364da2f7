import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type OwnProtocol, ownProtocol, unversioned } from "./own-protocol.ts";
import { published, publishedFile, textOf } from "./published.ts";

let present: OwnProtocol;

beforeAll(async () => {
  present = await ownProtocol();
});

/** Copy of the protocol, changed. */
function changed(change: (copy: Draft) => void): OwnProtocol {
  const copy = structuredClone(present) as unknown as Draft;
  change(copy);
  return copy as unknown as OwnProtocol;
}

interface Draft {
  versions: Record<string, number>;
  fixed: Record<string, Record<string, number | string>>;
  model: {
    messages: { name: string; fields: { name: string; number: number; type: string }[] }[];
    enums: { name: string; values: { name: string; number: number }[] }[];
  };
}

function messageOf({ model }: Draft, name: string) {
  const found = model.messages.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no message ${name}`);
  return found;
}

describe("Photinus' own protocol", () => {
  test("has the recorded form; npm run protocol:record writes a changed one", () => {
    expect(textOf(present)).toBe(readFileSync(publishedFile, "utf8"));
    expect(present.model.messages.length).toBeGreaterThan(40);
    expect(Object.keys(present.fixed["control messages"] ?? {}).length).toBeGreaterThan(10);
    expect(Object.keys(present.fixed["schema options"] ?? {}).length).toBeGreaterThan(40);
  });

  test("hurts no program of the last release", () => {
    expect(unversioned(published(), present)).toEqual([]);
  });
});

describe("a change of Photinus' own protocol", () => {
  test.each([
    [
      "a control message gets another number",
      (copy: Draft) => set(copy, "control messages", "ping", 0xffffff42),
    ],
    ["two control messages swap their numbers", swapPingAndPong],
    ["a link method is removed", (copy: Draft) => void delete copy.fixed["link methods"]?.["bind"]],
    ["the header of frames changes", (copy: Draft) => set(copy, "frames", "standard", "0001")],
    ["the envelope of requests changes", (copy: Draft) => set(copy, "envelopes", "request", "0001")],
    ["a schema option gets another number", renumberOption],
    [
      "a field of the Hello gets another number",
      (copy: Draft) => (field(copy, "photinus.control.Hello").number = 99),
    ],
    [
      "a field of the Hello changes its type",
      (copy: Draft) => (field(copy, "photinus.control.Hello").type = "bytes"),
    ],
    [
      "a field of the LinkHello is removed",
      (copy: Draft) => messageOf(copy, "photinus.link.LinkHello").fields.shift(),
    ],
    ["an enum of the Welcome gets a value", addRefusal],
    ["the version of sessions falls", (copy: Draft) => (copy.versions["session"] = 0)],
  ])("is refused when %s", (_name, change) => {
    expect(unversioned(present, changed(change))).not.toEqual([]);
  });

  test.each([
    ["a control message is added", (copy: Draft) => set(copy, "control messages", "newer", 0xffffff42)],
    ["a field is added to the Hello", addField],
  ])("is accepted when %s", (_name, change) => {
    expect(unversioned(present, changed(change))).toEqual([]);
  });

  test("is accepted with a higher version of its own part alone", () => {
    const link = (copy: Draft) => void delete copy.fixed["link methods"]?.["bind"];
    const with_ = (name: string) =>
      changed((copy) => {
        link(copy);
        copy.versions[name]!++;
      });
    expect(unversioned(present, with_("link"))).toEqual([]);
    expect(unversioned(present, with_("session"))).not.toEqual([]);
  });
});

function set(copy: Draft, group: string, name: string, value: number | string): void {
  const numbers = copy.fixed[group];
  if (numbers === undefined) throw new Error(`no group ${group}`);
  numbers[name] = value;
}

function swapPingAndPong(copy: Draft): void {
  const { ping = 0, pong = 0 } = copy.fixed["control messages"] ?? {};
  set(copy, "control messages", "ping", pong);
  set(copy, "control messages", "pong", ping);
}

function renumberOption(copy: Draft): void {
  const [name] = Object.keys(copy.fixed["schema options"] ?? {});
  set(copy, "schema options", name ?? "", "uint32 = 1000");
}

function field(copy: Draft, message: string) {
  return messageOf(copy, message).fields[0]!;
}

function addRefusal({ model }: Draft): void {
  model.enums
    .find(({ name }) => name === "photinus.control.ResumeRefusal")
    ?.values.push({ name: "LATE", number: 42 });
}

function addField(copy: Draft): void {
  messageOf(copy, "photinus.control.Hello").fields.push({ name: "locale", number: 42, type: "string" });
}
