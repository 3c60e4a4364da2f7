import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { followLinks } from "../setup/links.ts";
import { root } from "./source-tree.ts";

const texts = [
  "*.md",
  "docs/**/*.md",
  "generated/docs/**/*.md",
  "clients/*/README.md",
  "codegen/README.md",
  "examples/**/*.md",
];

test("every relative link in a text leads to a file and a heading that exist", () => {
  const files = texts.flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
  expect(files).toContain("README.md");
  expect(files).toContain(join("docs", "PROTOCOL.md"));
  const { broken, followed } = followLinks(root, files);
  expect(broken).toEqual([]);
  expect(followed).toBeGreaterThan(20);
});

test("every test that a document names as the holder of a promise is there", () => {
  const named = readFileSync(join(root, "docs/RELIABILITY.md"), "utf8").matchAll(/`(test\/[\w./-]+)`/g);
  const paths = [...named].map(([, path]) => path!);
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
