import { describe, expect, test } from "vitest";
import { SchemaIndex } from "../../../codegen/typescript/emit-context.ts";
import { decode, encode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import { Whole } from "./fixtures/wire.messages.ts";
import { fixtures, loadFixture } from "./regenerate.ts";
import { wireCases } from "./wire-cases.ts";

const index = new SchemaIndex(await loadFixture(fixtures[0]!));
const cases = wireCases(index.message("wire.Whole"));
const familyOf = (name: string) => name.split(/[: ]/, 1)[0]!;
const families = [...new Set(cases.map(({ name }) => familyOf(name)))];

test("there are as many cases as protobuf's own suite has of proto3 in binary, each with a name of its own", () => {
  expect(cases.length).toBeGreaterThanOrEqual(669);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

describe.each(families)("%s", (family) => {
  test.each(cases.filter(({ name }) => familyOf(name) === family))("$name", ({ input, expected }) => {
    const bytes = Uint8Array.from(input);
    if (expected === "refused") {
      const refusal = catchOf(() => decode(Whole, bytes));
      expect(isPhotinusError(refusal) && refusal.code).toBe("INVALID_ARGUMENT");
      return;
    }
    const message = decode(Whole, bytes);
    const written = encode(Whole, message);
    if ("exact" in expected) expect([...written]).toEqual([...expected.exact]);
    else expect(message).toEqual(decode(Whole, Uint8Array.from(expected.same)));
    expect(decode(Whole, written)).toEqual(message);
  });
});

function catchOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
