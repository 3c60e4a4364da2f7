import { describe, expect, it } from "vitest";
import { checkAgreement } from "../../../../codegen/load/agree.ts";
import { Report } from "../../../../codegen/load/diagnostic.ts";
import { modelOf } from "./schemas.ts";

const text = 'syntax = "proto3"; message A { int32 a = 1; map<string, A> b = 2; } enum E { E_NONE = 0; }';

/** What is said when the model comes from one text and protobufjs reads another. */
async function disagreement(theirs: string): Promise<string[]> {
  const { files } = await modelOf({ "a.proto": text });
  const report = new Report();
  checkAgreement(files, new Map([["a.proto", theirs]]), report);
  return report.sorted().map(({ code, location }) => `${code} ${location.line}:${location.column}`);
}

describe("the second reading, by protobufjs", () => {
  it("agrees with the first", async () => {
    expect(await disagreement(text)).toEqual([]);
  });

  it.each([
    ["number", text.replace("a = 1", "a = 3"), "PH099 1:28"],
    ["type", text.replace("int32 a", "sint32 a"), "PH099 1:28"],
    ["name", text.replace("int32 a", "int32 z"), "PH099 1:28"],
    ["label", text.replace("int32 a", "repeated int32 a"), "PH099 1:28"],
    ["map key", text.replace("<string", "<int32"), "PH099 1:28"],
    ["message that is not there", text.replace("message A", "message Z"), "PH099 1:28"],
    ["enum value", text.replace("E_NONE = 0", "E_NONE = 1"), "PH099 1:74"],
  ])("finds another %s", async (_what, theirs, expected) => {
    expect(await disagreement(theirs)).toEqual([expected]);
  });

  it("refuses what protobufjs cannot parse, at its place", async () => {
    expect(await disagreement(text.replace("int32 a = 1", "\n  int32 a = x"))).toEqual(["PH001 2:13"]);
  });
});
