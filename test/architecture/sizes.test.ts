import { posix } from "node:path";
import { expect, test } from "vitest";
import { sourceFiles } from "./source-tree.ts";

const maxLines = 400;
const maxMedianLines = 150;
const maxFolderFiles = 12;

const written = ["runtime", "codegen", "schema", "clients/typescript/src", "examples", "test"];
const isWritten = (path: string) => !path.includes("/generated/");

test(`no file has more than ${maxLines} lines, and half of them have at most ${maxMedianLines}`, () => {
  const files = sourceFiles(...written).filter((file) => isWritten(file.path));
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => file.lines > maxLines).map((file) => `${file.path}: ${file.lines}`)).toEqual(
    [],
  );
  const lines = files.map((file) => file.lines).sort((a, b) => a - b);
  expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(maxMedianLines);
});

test(`a folder of sources has at most ${maxFolderFiles} files, and more than one`, () => {
  const folders = new Map<string, string[]>();
  for (const file of sourceFiles("runtime", "codegen", "schema", "clients/typescript/src")) {
    if (!isWritten(file.path)) continue;
    const folder = posix.dirname(file.path);
    folders.set(folder, [...(folders.get(folder) ?? []), posix.basename(file.path)]);
  }
  expect(folders.size).toBeGreaterThan(10);
  const large = [...folders].filter(([, files]) => files.length > maxFolderFiles);
  expect(large.map(([folder, files]) => `${folder}: ${files.length}`)).toEqual([]);
  // One file alone needs no folder, unless it leads to folders below.
  const lonely = [...folders].filter(
    ([folder, files]) =>
      files.length === 1 && ![...folders.keys()].some((other) => other.startsWith(`${folder}/`)),
  );
  expect(lonely.map(([folder, files]) => `${folder}/${files[0]}`)).toEqual([]);
});
