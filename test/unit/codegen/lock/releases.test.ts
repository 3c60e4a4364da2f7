import { describe, expect, it } from "vitest";
import { modelOf as snapshotOf, withoutPlaces } from "../../../../codegen/evolution/model/model-of.ts";
import { formatLock, parseLock } from "../../../../codegen/lock/format.ts";
import { emptyLock } from "../../../../codegen/lock/lock.ts";
import { modelOfRelease } from "../../../../codegen/lock/releases/releases.ts";
import { updateLock } from "../../../../codegen/lock/update.ts";
import { modelOfText } from "../load/schemas.ts";

const base = `
  message A { int32 a = 1; repeated string b = 2; }
  service S {
    option (photinus.service) = { role: "s" };
    rpc Do(A) returns (A) { option (photinus.command) = { id: 1 }; }
  }`;
const without = base.replace("int32 a = 1;", "");

describe("a lock file with releases", () => {
  const entry = async (number: number, text: string) => ({
    number,
    date: "2026-11-27",
    clients: 1,
    model: withoutPlaces(snapshotOf(await modelOfText(text))),
  });

  it("has one line for each declaration of a release, and reads what it wrote", async () => {
    const tiny = "message A { int32 a = 1; } // Short.\n enum Color { COLOR_NONE = 0; }";
    const release = await entry(1, tiny);
    const lock = { ...updateLock(await modelOfText(tiny), emptyLock), releases: [release] };
    const { fingerprint, errors } = release.model;
    const text = formatLock(lock);
    expect(text.slice(text.indexOf('  "releases"'))).toBe(`  "releases": {
    "1": {
      "fingerprint": "${fingerprint}",
      "date": "2026-11-27",
      "clients": 1,
      "model": {
        "version": 1,
        "errors": ${JSON.stringify(errors)},
        "files": [
          {"path":"test.proto","package":"test"}
        ],
        "services": [],
        "calls": [],
        "messages": [
          {"name":"test.A","fields":[{"name":"a","number":1,"type":"int32"}]}
        ],
        "enums": [
          {"name":"test.Color","values":[{"name":"COLOR_NONE","number":0}]}
        ]
      }
    }
  }
}
`);
    expect(parseLock(text)).toEqual({ lock, diagnostics: [] });
  });

  it("keeps the text of earlier releases when one is added", async () => {
    const [first, second] = [await entry(1, base), await entry(12, without)];
    const lock = updateLock(await modelOfText(base), emptyLock);
    const one = formatLock({ ...lock, releases: [first] });
    const both = formatLock({ ...lock, releases: [first, second] });
    expect(both.startsWith(one.slice(0, one.lastIndexOf("\n  }\n}")))).toBe(true);
    expect(parseLock(both).lock).toEqual({ ...lock, releases: [first, second] });
  });

  it("finds the model of a release, by default the last", async () => {
    const releases = [await entry(1, base), await entry(3, without)];
    const lock = { ...emptyLock, releases };
    expect(modelOfRelease(lock)).toBe(releases[1]?.model);
    expect(modelOfRelease(lock, 1)).toBe(releases[0]?.model);
    expect(modelOfRelease(lock, 2)).toBeUndefined();
    expect(modelOfRelease(emptyLock)).toBeUndefined();
  });

  it("is refused when a merge has left two releases of one number", async () => {
    const both = formatLock({ ...emptyLock, releases: [await entry(2, base), await entry(3, without)] });
    const { lock, diagnostics } = parseLock(both.replace('\n    "3": {', '\n    "2": {'));
    expect(lock).toBeUndefined();
    expect(diagnostics).toMatchObject([
      { code: "PH090", message: expect.stringContaining("releases.2 is there twice; keep one of the two") },
    ]);
  });

  it.each([
    [
      "a number that is too large",
      /^ {4}"1": \{/m,
      '    "2147483648": {',
      "releases.2147483648 has no valid number",
    ],
    ["another date", '"2026-11-27"', '"27.11.2026"', 'the date "27.11.2026"; expected a day'],
    ["no fingerprint", /"fingerprint": ".*"/, '"fingerprint": ""', "releases.1 has no fingerprint"],
    ["clients of a later release", '"clients": 1', '"clients": 2', "releases.1.clients is not the number"],
    ["a model without messages", '"messages": [', '"message": [', "releases.1: messages of the model is not"],
    [
      "a route of another form",
      '"route":"session"',
      '"route":7',
      "releases.1: route of test.S.Do in the model",
    ],
    ["a number for a body's type", '"type":"int32"', '"type":32', "releases.1: fields[0].type of the model"],
    [
      "a reservation without ranges",
      '"name":"test.A",',
      '"name":"test.A","reserved":{"numbers":[5],"names":[]},',
      "releases.1: reserved of test.A in the model",
    ],
    [
      "a column that is no object",
      '"type":"int32"',
      '"type":"int32","column":null',
      "releases.1: column of a in the model",
    ],
    ["no model", '"model": {', '"modell": {', "releases.1: unknown version of the model"],
  ])("is refused when a release has %s", async (_what, from, to, message) => {
    const text = formatLock({ ...emptyLock, releases: [await entry(1, base)] });
    const wrong = text.replace(/"messages": \{\}/, '"messages":{}').replace(from, to);
    expect(wrong.replace('"messages":{}', '"messages": {}')).not.toBe(text);
    const { lock, diagnostics } = parseLock(wrong);
    expect(lock).toBeUndefined();
    expect(diagnostics[0]?.message).toContain(message);
  });
});
