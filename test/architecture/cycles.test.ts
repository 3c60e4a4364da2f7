import { expect, test } from "vitest";
import { type SourceFile, sourceFiles } from "./source-tree.ts";

/** The files of the first cycle found, in order; undefined when there is none. Imports of types count: a file is understood with what it names. */
function findCycle(files: readonly SourceFile[]): readonly string[] | undefined {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const open: string[] = [];
  const visit = (path: string): readonly string[] | undefined => {
    if (done.has(path)) return undefined;
    const start = open.indexOf(path);
    if (start >= 0) return [...open.slice(start), path];
    open.push(path);
    for (const one of byPath.get(path)?.imports ?? []) {
      if (one.path === undefined || one.lazy) continue;
      const cycle = visit(one.path);
      if (cycle !== undefined) return cycle;
    }
    open.pop();
    done.add(path);
    return undefined;
  };
  for (const file of files) {
    const cycle = visit(file.path);
    if (cycle !== undefined) return cycle;
  }
  expect(done.size).toBeGreaterThanOrEqual(files.length);
  return undefined;
}

test("no file imports itself over others", () => {
  const files = sourceFiles("runtime", "codegen", "schema", "clients/typescript/src");
  expect(findCycle(files)).toBeUndefined();
});

test("a cycle is found where there is one, and of types alone too", () => {
  const file = (path: string, to: string, typeOnly = false) =>
    ({ path, imports: [{ path: to, specifier: to, typeOnly, lazy: false }] }) as unknown as SourceFile;
  expect(findCycle([file("a", "b"), file("b", "c"), file("c", "b")])).toEqual(["b", "c", "b"]);
  expect(findCycle([file("a", "b"), file("b", "c"), file("c", "b", true)])).toEqual(["b", "c", "b"]);
});
