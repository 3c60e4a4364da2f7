import { describe, expect, test } from "vitest";
import { type SourceFile, sourceFiles } from "./source-tree.ts";

/** Parts of the generator that know no language. Any other folder of `codegen` is a target. */
const parts: Readonly<Record<string, readonly string[]>> = {
  load: [],
  sql: ["load"],
  // A lock or a release stores it, so that nothing here imports the lock.
  evolution: ["load"],
  lock: ["load", "write", "evolution"],
  history: ["load", "evolution", "lock"],
  rename: ["load", "lock"],
  write: ["load"],
};
/** The ways in, which pass the built-in targets on: the command line, and the plugin of protoc and buf. */
const entries: readonly string[] = ["cli", "plugin"];
/** The one file that lists the built-in targets. */
const list = "codegen/targets.ts";

const files = sourceFiles("codegen");
const targets = new Set(
  files.map(partOf).filter((part) => part !== "" && !entries.includes(part) && parts[part] === undefined),
);

/** The folder below `codegen` that a file is in; "" of a file beside these folders. */
function partOf({ path }: Pick<SourceFile, "path">): string {
  const [, part = "", ...rest] = path.split("/");
  return rest.length === 0 ? "" : part;
}

/** Every import of our own, types included, that leaves the part of its file. */
function crossings() {
  const found = files.flatMap((file) =>
    file.imports.flatMap(({ path }) =>
      path?.startsWith("codegen/") ? [{ file, path, from: partOf(file), to: partOf({ path }) }] : [],
    ),
  );
  return found.filter(({ from, to }) => from !== to);
}

function offences(isWrong: (crossing: ReturnType<typeof crossings>[number]) => boolean): string[] {
  return crossings()
    .filter(isWrong)
    .map(({ file, path }) => `${file.path} -> ${path}`);
}

/** The folders that the list of the built-in targets imports. */
function listed(): string[] {
  const file = files.find(({ path }) => path === list);
  return crossings()
    .flatMap((crossing) => (crossing.file === file ? [crossing.to] : []))
    .filter((part) => part !== "");
}

describe("targets of the generator", () => {
  test("every folder that is no other part is a target in the list, and every other part exists", () => {
    expect(targets).toContain("typescript");
    expect(targets).toEqual(new Set(listed()));
    const present = new Set(files.map(partOf));
    expect(Object.keys(parts).filter((part) => !present.has(part))).toEqual([]);
    expect(crossings().length).toBeGreaterThan(20);
  });

  test("nothing imports one but the list of the built-in ones and the ways in", () => {
    const isOutside = ({ file, from, to }: ReturnType<typeof crossings>[number]) =>
      targets.has(to) && !entries.includes(from) && file.path !== list;
    expect(offences(isOutside)).toEqual([]);
  });

  test("a part that knows no language imports neither the list of targets nor parts that build on it", () => {
    const isBackwards = ({ file, path, from, to }: ReturnType<typeof crossings>[number]) => {
      if (path === list) return !entries.includes(from);
      const allowed = from === "" && file.path !== list ? Object.keys(parts) : parts[from];
      return allowed !== undefined && to !== "" && !allowed.includes(to);
    };
    expect(offences(isBackwards)).toEqual([]);
  });

  test("none imports another, what writes files or a way in", () => {
    const isForeign = ({ from, to }: ReturnType<typeof crossings>[number]) =>
      targets.has(from) && (targets.has(to) || entries.includes(to) || to === "write");
    expect(offences(isForeign)).toEqual([]);
  });
});
