import { describe, expect, it } from "vitest";
import { modelOfText } from "./schemas.ts";

const base = `
  message Unsent { int32 a = 1; }
  message Inner { int32 a = 1; }
  message A { Inner inner = 1; }
  service S {
    option (photinus.service) = { role: "s" };
    rpc Do(A) returns (A) { option (photinus.command) = { id: 1 rate: "1/s" }; }
  }`;

const fingerprint = async (text: string): Promise<string> => (await modelOfText(text)).fingerprint;

describe("the fingerprint", () => {
  it("is 16 hex digits, the same each time", async () => {
    expect(await fingerprint(base)).toMatch(/^[0-9a-f]{16}$/);
    expect(await fingerprint(base)).toBe(await fingerprint(base));
  });

  it.each([
    ["a comment", (text: string) => text.replace("message A", "// New.\n message A")],
    ["a rate", (text: string) => text.replace("1/s", "2/s")],
    ["a role", (text: string) => text.replace('role: "s"', 'role: "t"')],
    ["a message that is never sent", (text: string) => text.replace("Unsent { int32", "Unsent { string")],
    ["the order of declarations", (text: string) => text.replace(/(message Inner .*)\n(.*)/, "$2\n$1")],
  ])("does not change with %s", async (_what, change) => {
    expect(change(base)).not.toBe(base);
    expect(await fingerprint(change(base))).toBe(await fingerprint(base));
  });

  it.each([
    ["an id", (text: string) => text.replace("id: 1", "id: 2")],
    ["a command's name", (text: string) => text.replace("rpc Do", "rpc Did")],
    ["a field's type, however deep", (text: string) => text.replace("Inner { int32", "Inner { sint32")],
    ["a field's number", (text: string) => text.replace("inner = 1", "inner = 2")],
    ["a field's name", (text: string) => text.replace("inner = 1", "within = 1")],
    ["a reply that falls away", (text: string) => text.replace("returns (A)", "returns (photinus.None)")],
  ])("changes with %s", async (_what, change) => {
    expect(change(base)).not.toBe(base);
    expect(await fingerprint(change(base))).not.toBe(await fingerprint(base));
  });
});
