import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { textsOfLua, textsOfMarkdown, textsOfProto } from "./plain.ts";
import type { Text } from "./text.ts";
import { textsOfTypeScript } from "./typescript.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where the language of the product stands: sources, schemas, scripts and pages. */
export const productPatterns = [
  "{runtime,codegen,clients,schema,examples}/**/*.{ts,proto,lua}",
  "docs/**/*.md",
  "clients/*/README.md",
  "examples/**/*.md",
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
];
export const testPatterns = ["test/**/*.{ts,proto,lua}"];

/** What is installed, built, generated, or wrong on purpose. Generated comments come from schemas and from the generator. */
const left = /(^|\/)(node_modules|dist|generated|fixtures)\//;

/** The paths that match, in order, from the root and with slashes; below one of `within` where there is any. */
export function pathsOf(patterns: readonly string[], within: readonly string[] = []): readonly string[] {
  const wanted = within.map((path) => path.replaceAll("\\", "/").replace(/^\.\//, "").replace(/\/+$/, ""));
  const isWithin = (path: string) =>
    wanted.length === 0 || wanted.some((one) => one === "." || path === one || path.startsWith(`${one}/`));
  return globSync([...patterns], { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !left.test(path) && isWithin(path))
    .sort();
}

export function readSource(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The language of a file, by its ending. */
export function textsOf(path: string, source = readSource(path)): readonly Text[] {
  if (path.endsWith(".ts")) return textsOfTypeScript(path, source);
  if (path.endsWith(".proto")) return textsOfProto(path, source);
  if (path.endsWith(".lua")) return textsOfLua(path, source);
  if (path.endsWith(".md")) return textsOfMarkdown(path, source);
  throw new Error(`${path}: no reader for this ending; expected .ts, .proto, .lua or .md`);
}

/** The part that a file belongs to: "runtime/gate", "clients/typescript", "docs"; of a file at the root, its name. */
export function areaOf(path: string): string {
  const [part, folder, ...below] = path.split("/");
  if (folder === undefined || part === "docs") return part!;
  return below.length > 0 && part !== "test" ? `${part}/${folder}` : part!;
}
