import { describe, expect, test } from "vitest";
import { readJson } from "../../../runtime/process/diagnosis/json.ts";
import fc from "../../setup/random.ts";

describe("reading JSON with places", () => {
  test("gives what JSON.parse gives", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 2, "\t"), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), undefined, indent);
        const document = readJson(spaced);
        expect(document.ok && document.value).toEqual(JSON.parse(spaced));
      }),
    );
  });

  test("refuses what JSON.parse refuses", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.string({ maxLength: 2 }), (text, at, junk) => {
        const spoilt = text.slice(0, at % (text.length + 1)) + junk + text.slice(at % (text.length + 1));
        let sound = true;
        try {
          JSON.parse(spoilt);
        } catch {
          sound = false;
        }
        // A key that stands twice is legal JSON, and a mistake.
        const document = readJson(spoilt);
        if (!document.ok && document.wrong.includes("twice")) return;
        expect(document.ok).toBe(sound);
      }),
    );
  });

  test("finds the nearest value around a path that is not there", () => {
    const document = readJson('{\n  "a": [1,\n    { "b": 2 }]\n}');
    expect(document.ok && document.locate(["a", 1, "b"])).toEqual({ line: 3, column: 7 });
    expect(document.ok && document.locate(["a", 1, "c"])).toEqual({ line: 3, column: 5 });
    expect(document.ok && document.locate(["x"])).toEqual({ line: 1, column: 1 });
  });

  test("takes a key of any name, and a mark of byte order", () => {
    const document = readJson('\ufeff{"__proto__": {"a": 1}}');
    expect(document.ok && Object.keys(document.value as object)).toEqual(["__proto__"]);
    expect(document.ok && document.locate(["__proto__", "a"])).toEqual({ line: 1, column: 17 });
  });

  test("a text of a million brackets is refused, and not followed", () => {
    expect(readJson("[".repeat(1_000_000)).ok).toBe(false);
  });

  test.each([
    ['{"a": 1 "b": 2}', 1, 9, '"\\"" where "," or the end of the object or array should be'],
    ['{"a": tru}', 1, 7, '"t" where a value should be'],
    ['{"a": "x\n"}', 1, 7, "a string that does not end on its line"],
    ['{"a": 1}\n x', 2, 2, '"x" after the end of the value'],
    ['{"a": 1,\n "a": 2}', 2, 2, 'the key "a" stands twice in one object'],
    ['{"a": [1}', 1, 9, '"}" where "," or the end of the object or array should be'],
    ['{"a": 1', 1, 8, 'the file ends where "," or "}" should be'],
    ["{a: 1}", 1, 2, '"a" where a key in quotes should be'],
    ['{"a": 1,}', 1, 9, '"}" where a key in quotes should be'],
    ["[1] // no", 1, 5, "a comment, which JSON does not have"],
    ['["\\x"]', 1, 2, "a string with a control character or a bad escape"],
    ["", 1, 1, "the file ends where a value should be"],
    ["[".repeat(50), 1, 34, "nested more than 32 deep"],
  ])("tells what is wrong with %j, and where", (text, line, column, wrong) => {
    expect(readJson(text)).toEqual({ ok: false, line, column, wrong });
  });
});
