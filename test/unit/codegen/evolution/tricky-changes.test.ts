import { expect, test } from "vitest";
import { changesOf, textOf } from "../../../evolution/corpus/found.ts";
import { got, head, pair, sent } from "../../../evolution/corpus/pair.ts";

const clients = "old client, new client";
const released = "reservation-removed S! | old client, old node";

async function found(before: string, after: string): Promise<string[]> {
  return (await changesOf(pair("a tricky change", before, after, []))).map(textOf).sort();
}

test("an enum value with a reserved number breaks, for what clients get and for what they send", async () => {
  const before = "enum Colour {\n  NONE = 0;\n  reserved 1;\n}\n";
  const after = "enum Colour {\n  NONE = 0;\n  BLUE = 1;\n}\n";
  const expected = [`enum-value-number-changed B | ${clients}`, released];
  expect(await found(got("Colour a = 1;", before), got("Colour a = 1;", after))).toEqual(expected);
  expect(await found(sent("Colour a = 1;", before), sent("Colour a = 1;", after))).toEqual(expected);
});

test("a new field in a oneof with a field that was alone is a new member for clients that get it", async () => {
  const after = "oneof o {\n  uint32 a = 1;\n  uint32 b = 2;\n}";
  expect(await found(got("uint32 a = 1;"), got(after))).toEqual([
    "oneof-member-added C | old client",
    "oneof-renamed S! | other SDK",
  ]);
});

test("a schema of messages alone breaks by the loss of a message, but not of a part that its message lost", async () => {
  const [first, second] = ["message First {\n  uint32 a = 1;\n}\n", "message Second {\n  uint32 b = 1;\n}\n"];
  expect(await found(head + first + second, head + first)).toEqual([`type-deleted B | ${clients}`]);
  const holder = "message Holder {\n  First a = 1;\n}\n";
  const rest = 'message Holder {\n  reserved 1;\n  reserved "a";\n}\n';
  expect(await found(head + first + holder, head + rest)).toEqual([
    `field-deleted C R | ${clients}`,
    "type-deleted S",
  ]);
});

test("a type with the name of a property of objects is a type like any other", async () => {
  const bare = head.replace("package e;\n", "");
  const before = `${bare}message Box {\n  toString a = 1;\n}\nmessage toString {}\n`;
  const after = before.replace("toString a", "string a");
  expect(await found(before, after)).toEqual([`field-type-changed B | ${clients}`]);
});

test("a package inside a renamed one keeps its name", async () => {
  const file = (name: string) =>
    `${head.replace("package e", `package ${name}`)}message Box {\n  uint32 a = 1;\n}\n`;
  const before = { "e.proto": file("game"), "f.proto": file("game.map") };
  const after = { "e.proto": file("play"), "f.proto": file("game.map") };
  const all = (await changesOf({ name: "a package is renamed", before, after, expected: [] })).map(textOf);
  expect(all).toEqual(["package-changed B | old node, other SDK"]);
});
