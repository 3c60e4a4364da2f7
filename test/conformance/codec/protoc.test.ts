import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../../../runtime/wire/codec/codec-runtime.ts";
import fc from "../../setup/random.ts";
import { messageType } from "./message-types.ts";
import { fixtures, loadFixture } from "./regenerate.ts";
import { textOf } from "./text-format.ts";
import { Values } from "./values.ts";

const [fixture] = fixtures;
const schema = await loadFixture(fixture!);
// protoc writes the entries of a map in an order of its own.
const values = new Values(schema, 1);

/** A batch holds lists of messages: protoc is started once for all of them. */
const batches = ["batch.Batch", "hostile.Object"];

describe.each(batches)("%s", (name) => {
  const type = messageType(name);
  const samples = fc.sample(values.message(name, 3), 40);

  test("encodes to the same bytes as protoc", () => {
    for (const value of samples) {
      const theirs = protoc("--encode", name, textOf(values.index, name, value));
      expect(Buffer.from(encode(type, value)).toString("hex")).toBe(theirs.toString("hex"));
    }
  });

  test("protoc reads all that we encode, and we read what it makes of that", () => {
    for (const value of samples) {
      const text = protoc("--decode", name, encode(type, value));
      const bytes = protoc("--encode", name, text);
      expect(decode(type, bytes)).toEqual(value);
    }
  });
});

function protoc(direction: "--encode" | "--decode", name: string, input: string | Uint8Array): Buffer {
  const files = ["batch.proto", "hostile.proto"];
  const { stdout, stderr, status, error } = spawnSync(
    "protoc",
    [`--proto_path=${fixture!.schema}`, `${direction}=${name}`, ...files],
    { input, maxBuffer: 1 << 26 },
  );
  if (error) throw new Error("protoc is needed: apt install protobuf-compiler", { cause: error });
  if (status !== 0) throw new Error(`protoc: ${stderr.toString()}`);
  return stdout;
}
