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
    ['{"a": 1 "b": 2}', 1, 9, 'expected "," or the end of the object or array, found "\\""'],
    ['{"a": tru}', 1, 7, 'expected a value, found "t"'],
    ['{"a": "x\n"}', 1, 7, "unterminated string"],
    ['{"a": 1}\n x', 2, 2, 'expected the end of the file, found "x"'],
    ['{"a": 1,\n "a": 2}', 2, 2, 'duplicate key "a" in one object'],
    ['{"a": [1}', 1, 9, 'expected "," or the end of the object or array, found "}"'],
    ['{"a": 1', 1, 8, 'expected "," or "}", found the end of the file'],
    ["{a: 1}", 1, 2, 'expected a key in quotes, found "a"'],
    ['{"a": 1,}', 1, 9, 'expected a key in quotes, found "}"'],
    ["[1] // no", 1, 5, "JSON has no comments"],
    ['["\\x"]', 1, 2, "string with a control character or an invalid escape"],
    ["", 1, 1, "expected a value, found the end of the file"],
    ["[".repeat(50), 1, 34, "nested deeper than 32 levels"],
  ])("tells what is wrong with %j, and where", (text, line, column, wrong) => {
    expect(readJson(text)).toEqual({ ok: false, line, column, wrong });
  });
});
