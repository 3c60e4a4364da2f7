import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./source-tree.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly homepage?: string;
  readonly bugs?: { readonly url: string };
  readonly repository?: { readonly url: string; readonly directory?: string };
  readonly keywords?: readonly string[];
}

const read = (path: string) => readFileSync(join(root, path), "utf8");
const manifestOf = (folder: string) => JSON.parse(read(join(folder, "package.json"))) as Manifest;
const folders = [
  "",
  ...(manifestOf("").workspaces ?? []).flatMap((pattern) => globSync(pattern, { cwd: root })),
];

test("every public package says where its source, its page and its issues are", () => {
  const { repository, bugs } = manifestOf("");
  const publicFolders = folders.filter((folder) => manifestOf(folder).private !== true);
  expect(publicFolders.length).toBeGreaterThan(1);
  for (const folder of publicFolders) {
    const manifest = manifestOf(folder);
    const expected = folder === "" ? repository : { ...repository, directory: folder.replaceAll("\\", "/") };
    expect(manifest.repository, manifest.name).toEqual(expected);
    expect(manifest.bugs, manifest.name).toEqual(bugs);
    expect(manifest.homepage, manifest.name).toMatch(/^https:\/\/.+#readme$/);
    expect(manifest.keywords?.length, manifest.name).toBeGreaterThan(3);
  }
});

test("all packages have one version, also in the lock file", () => {
  const { version } = manifestOf("");
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Manifest> };
  expect(folders.map((folder) => manifestOf(folder).version)).toEqual(folders.map(() => version));
  expect(folders.map((folder) => packages[folder]?.version)).toEqual(folders.map(() => version));
});

test("the workflow runs the script that CI runs elsewhere", () => {
  expect(read(".github/workflows/ci.yml")).toMatch(/^ {6}- run: \.ci\/run$/m);
});

test("editors indent and wrap as the formatter does", () => {
  const { formatter } = JSON.parse(read(".biome.json")) as {
    formatter: { indentStyle: string; indentWidth: number; lineWidth: number };
  };
  const [everywhere = ""] = read(".editorconfig").split("\n[*.md]");
  expect(everywhere).toContain(`indent_style = ${formatter.indentStyle}\n`);
  expect(everywhere).toContain(`indent_size = ${formatter.indentWidth}\n`);
  expect(everywhere).toContain(`max_line_length = ${formatter.lineWidth}\n`);
});
