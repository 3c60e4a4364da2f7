import { describe, expect, it } from "vitest";
import type { Change } from "../../../../codegen/evolution/compare/change.ts";
import { modelOf, withoutPlaces } from "../../../../codegen/evolution/model/model-of.ts";
import { emptyLock, type Lock } from "../../../../codegen/lock/lock.ts";
import { cutOff, type ReleasedState } from "../../../../codegen/lock/releases/cut-off.ts";
import { updateLock } from "../../../../codegen/lock/update.ts";
import { modelOfText } from "../load/schemas.ts";

const base = `
  message A { int32 a = 1; }
  service S {
    option (photinus.service) = { role: "s" };
    rpc Do(A) returns (A) { option (photinus.command) = { id: 1 }; }
  }`;
const wider = base.replace("a = 1;", "a = 1; string b = 2;");
const broken = base.replace("int32 a", "string a");
const brokenAgain = base.replace("int32 a", "bytes a");

/** State of a text whose lock file has these releases, with the texts that were released. */
async function state(
  text: string,
  releases: Readonly<Record<number, string>>,
): Promise<ReleasedState & { lock: Lock }> {
  const schema = await modelOfText(text);
  const entries = Object.entries(releases).map(async ([number, released]) => ({
    number: Number(number),
    date: "2026-11-27",
    clients: 1,
    model: withoutPlaces(modelOf(await modelOfText(released))),
  }));
  return {
    model: modelOf(schema),
    lock: { ...updateLock(schema, emptyLock), releases: await Promise.all(entries) },
  };
}

async function found(
  before: readonly [string, Readonly<Record<number, string>>],
  now: readonly [string, Readonly<Record<number, string>>],
): Promise<Change[]> {
  const former = await state(...before);
  return cutOff(former.lock.releases, former, await state(...now));
}

const reasons = (changes: readonly Change[]) => changes.map(({ reason }) => reason);

describe("the range of supported releases", () => {
  it("is told with the releases that are cut off, and why", async () => {
    const releases = { 1: base, 2: wider, 3: base, 7: wider };
    const [change, ...others] = await found([wider, releases], [broken, releases]);
    expect(others).toEqual([]);
    expect(change).toMatchObject({
      rule: "releases-cut-off",
      number: 33,
      classes: ["C"],
      hurts: ["old client"],
      place: { file: "photinus.lock.json", line: 0 },
    });
    expect(change?.reason).toMatch(/^clients of releases 1 to 3 and 7 were understood and are cut off: /);
    expect(change?.reason).toMatch(/test\.A\.a/);
  });

  it("is as it was for a change that clients understand, and for a release that was cut off before", async () => {
    expect(await found([base, { 1: base }], [wider, { 1: base }])).toEqual([]);
    expect(await found([broken, { 1: base }], [brokenAgain, { 1: base }])).toEqual([]);
    const [only] = reasons(
      await found([broken, { 1: base, 2: broken }], [brokenAgain, { 1: base, 2: broken }]),
    );
    expect(only).toMatch(/^clients of release 2 were understood/);
  });

  it("is unknown for a release whose entry is gone", async () => {
    expect(reasons(await found([base, { 1: base, 2: wider, 3: base }], [base, { 3: base }]))).toEqual([
      "the lock file lacks releases 1 and 2, so gates cannot tell whether these clients understand the schema",
    ]);
    expect(reasons(await found([base, { 4: base }], [base, {}]))).toHaveLength(1);
  });

  it("does not change with a release that is added", async () => {
    expect(await found([base, { 1: base }], [wider, { 1: base, 2: wider }])).toEqual([]);
  });
});
