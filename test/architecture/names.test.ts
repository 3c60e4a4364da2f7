import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { expect, test } from "vitest";
import { root, sourceFiles } from "./source-tree.ts";

/** Names that the tools, or Node.js, give a meaning of their own. */
const conventional = ["index.ts", "main.ts"];

test.each(["runtime", "codegen", "clients/typescript/src"])("a file name is met once in %s", (folder) => {
  const paths = sourceFiles(folder).map((file) => file.path);
  const written = paths.filter((path) => !path.includes("/generated/"));
  expect(written.length).toBeGreaterThan(10);
  const byName = Map.groupBy(written, (path) => posix.basename(path));
  for (const name of conventional) byName.delete(name);
  expect([...byName.values()].filter((same) => same.length > 1)).toEqual([]);
});

test("index.ts stands at the entries of packages only", () => {
  const paths = sourceFiles("runtime", "codegen", "clients/typescript/src").map((file) => file.path);
  expect(paths.filter((path) => path.endsWith("/index.ts")).sort()).toEqual([
    "clients/typescript/src/index.ts",
    "clients/typescript/src/node/index.ts",
    "codegen/cli/index.ts",
    "runtime/index.ts",
  ]);
});

test("the map names every part of the runtime, and nothing that is not there", () => {
  const texts = ["docs/ARCHITECTURE.md", "CONTRIBUTING.md"].map((path) =>
    readFileSync(join(root, path), "utf8"),
  );
  const map = texts[0]!;
  const parts = readdirSync(join(root, "runtime"), { withFileTypes: true }).filter((one) =>
    one.isDirectory(),
  );
  expect(parts.length).toBeGreaterThan(5);
  expect(parts.filter(({ name }) => !map.includes(`\`runtime/${name}\``)).map(({ name }) => name)).toEqual(
    [],
  );
  // Paths begin at the root, or inside of the runtime, the generator or the tests.
  const named = texts
    .flatMap((text) => [...text.matchAll(/`([a-z][\w-]*(?:\/[\w.-]+)+)`/g)])
    .map(([, path]) => path!)
    .filter((path) => !/^(photinus|protobuf|npm)\b/.test(path));
  expect(named.length).toBeGreaterThan(20);
  const isThere = (path: string) =>
    ["", "runtime/", "codegen/", "test/"].some((start) =>
      [path, `${path}.ts`].some((name) => existsSync(join(root, start, name))),
    );
  expect(named.filter((path) => !isThere(path))).toEqual([]);
});
