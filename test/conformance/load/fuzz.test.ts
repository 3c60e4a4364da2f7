import { ts } from "ts-morph";
import { describe, expect, test } from "vitest";
import { generate } from "../../../codegen/generate.ts";
import { defaultsOf } from "../../../codegen/target.ts";
import { builtInTargets } from "../../../codegen/targets.ts";
import fc from "../../setup/random.ts";
import { changes, mutate } from "./mutate.ts";
import type { Files } from "./protoc.ts";
import { corpora } from "./sources.ts";
import { disagreement, load } from "./verdict.ts";

/** How many schemas are tried; `FUZZ_SCHEMAS=20000` tries more, `TEST_SEED=any` others. */
const count = Number(process.env["FUZZ_SCHEMAS"] ?? 200);
const timeoutMs = 60_000 + count * 200;

const sources = corpora.flatMap((files) => Object.keys(files).map((path) => ({ files, path })));

/** A real schema of which one of these files is changed in a few places. */
function changed(among: typeof sources): fc.Arbitrary<Files> {
  return fc
    .tuple(fc.constantFrom(...among), changes)
    .map(([{ files, path }, list]) => ({ ...files, [path]: mutate(files[path] ?? "", list) }));
}

/** Sources to compare with protoc. The loader reads proto2 files for their options, and leaves the rest of them to protoc. */
const proto3 = sources.filter(({ files, path }) => !files[path]?.includes('syntax = "proto2"'));

describe("a schema that was changed in a few places", () => {
  test(
    "ends in diagnostics with their places, or in a model whose code is TypeScript",
    async () => {
      let models = 0;
      await fc.assert(
        fc.asyncProperty(changed(sources), async (files) => {
          const { schema, diagnostics } = await load(files);
          for (const { location, message, help } of diagnostics) {
            const lines = files[location.file]?.split("\n") ?? [];
            expect(location.column, message).toBeGreaterThan(0);
            expect(location.column, message).toBeLessThanOrEqual((lines[location.line - 1]?.length ?? 0) + 1);
            expect(help).not.toBe("");
          }
          expect(schema === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
          if (schema === undefined) return;
          models++;
          for (const { path, text } of generate(schema, defaultsOf(builtInTargets))) {
            if (path.endsWith(".ts")) expect(faultsOf(path, text)).toEqual([]);
          }
        }),
        { numRuns: 3 * count },
      );
      expect(models).toBeGreaterThan(count / 10);
    },
    timeoutMs,
  );

  test(
    "is accepted or refused as protoc does, and read as protoc reads it",
    async () => {
      await fc.assert(
        fc.asyncProperty(changed(proto3), async (files) => {
          expect(await disagreement(files)).toBeUndefined();
        }),
        { numRuns: count },
      );
    },
    timeoutMs,
  );
});

/** What keeps a text from being TypeScript. */
function faultsOf(path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const faults: readonly ts.Diagnostic[] = Reflect.get(file, "parseDiagnostics");
  return faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}
