import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Schema } from "../../schema/model.ts";
import { nearest } from "../../schema/suggest.ts";
import { compareText, type Report } from "./diagnostic.ts";
import { descriptorPath, googleFolder, googleSource } from "./google.ts";
import { topOfFile } from "./link/symbols.ts";
import type { FileOutline } from "./read/outline.ts";
import { readOutline } from "./read/reader.ts";

/** The folder of our own files, as imports name it. */
export const ownFolder = "photinus/";

/** The file that declares our options. */
export const optionsPath = "photinus/options.proto";

/**
 * Reports what a schema must not have for a reason that the loader does not know. It also sees schemas in which other errors
 * were found: types may be missing, and names may stand twice.
 */
export type SchemaCheck = (schema: Pick<Schema, "files">, report: Report) => void;

export interface LoadOptions {
  /** The folder that paths and imports are relative to. */
  readonly root: string;
  /** Paths below the root, with slashes, to load instead of all `.proto` files below it. What they import comes along. */
  readonly files?: readonly string[];
  /** Reads a file by its path below the root; undefined when there is none. Default: from the disk. */
  readonly readFile?: (path: string) => Promise<string | undefined>;
  /** Loads Photinus' own messages (photinus/control.proto, photinus/link.proto) instead of the schema below the root. */
  readonly internal?: boolean;
  /** What has to hold besides: the checks of the targets that the schema is written in. Default none. */
  readonly checks?: readonly SchemaCheck[];
  /** What was parsed for an earlier load: files that have not changed since are not parsed again. */
  readonly parsed?: ParsedFiles;
}

/** Parsed files by path, kept from one load to the next. */
export class ParsedFiles {
  readonly #known = new Map<string, { readonly text: string; readonly parsed: ParsedFile }>();

  /** Parses a file unless it has the text that it had. */
  read(path: string, text: string): ParsedFile {
    const known = this.#known.get(path);
    if (known?.text === text) return known.parsed;
    const parsed = readOutline(path, text);
    this.#known.set(path, { text, parsed });
    return parsed;
  }
}

type ParsedFile = ReturnType<typeof readOutline>;

/** Files read: those to generate for, and those that are only needed to understand them. */
export interface Sources {
  readonly files: ReadonlyMap<string, FileOutline>;
  readonly texts: ReadonlyMap<string, string>;
  /** Files with a syntax error or a missing import, and files that depend on one: not fit to be checked further. */
  readonly broken: ReadonlySet<string>;
  /** Paths that were asked for, sorted. */
  readonly roots: readonly string[];
}

/** Reads the files of a schema and everything that they import. */
export async function readSources(options: LoadOptions, report: Report): Promise<Sources> {
  const files = new Map<string, FileOutline>();
  const texts = new Map<string, string>();
  const broken = new Set<string>();
  const roots = await rootFiles(options, report);
  const read = options.readFile ?? ((file) => readText(path.join(options.root, file)));
  const parsed = options.parsed ?? new ParsedFiles();

  const visit = async (file: string): Promise<boolean> => {
    if (files.has(file)) return true;
    const text = await sourceOf(file, read);
    if (text === undefined) return false;
    texts.set(file, text);
    const { outline, problems } = parsed.read(file, text);
    files.set(file, outline);
    for (const { at, message, help } of problems) report.add("PH001", file, at, message, help);
    if (problems.length > 0) broken.add(file);
    const imported = new Set<string>();
    for (const word of outline.imports) {
      if (imported.has(word.text)) {
        const help = "remove one of the two";
        report.add("PH007", file, word.at, `"${word.text}" is imported already`, help);
      }
      imported.add(word.text);
      if (await visit(word.text)) continue;
      broken.add(file);
      const known = [...new Set([...roots, ...files.keys(), optionsPath])];
      const near = nearest(word.text, known);
      const help =
        near === undefined
          ? "write the path from the schema root, with slashes"
          : `did you mean "${near}"? Paths begin at the schema root`;
      report.add("PH003", file, word.at, `there is no file "${word.text}"`, help);
    }
    return true;
  };

  await visit(descriptorPath);
  await visit(optionsPath);
  for (const file of roots) {
    if (!(await visit(file))) {
      report.add("PH009", file, topOfFile, "there is no such file", "name a file below the schema root");
    }
  }
  reportCycles(files, broken, report);
  spread(files, broken);
  return { files, texts, broken, roots: roots.filter((file) => files.has(file)) };
}

async function sourceOf(
  file: string,
  read: (path: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  if (file.startsWith(googleFolder)) return googleSource(file);
  if (file.startsWith(ownFolder)) return readText(path.join(ownSchemaFolder(), file));
  const normal = path.posix.normalize(file);
  // A path that leaves the root, or that is not the file's one name, would make one file two.
  if (normal !== file || normal.startsWith("../") || path.isAbsolute(file) || file.includes("\\"))
    return undefined;
  return read(file);
}

async function rootFiles(options: LoadOptions, report: Report): Promise<string[]> {
  if (options.internal) {
    const names = await readdir(path.join(ownSchemaFolder(), ownFolder));
    return names
      .filter((name) => name.endsWith(".proto"))
      .map((name) => ownFolder + name)
      .filter((file) => file !== optionsPath)
      .sort(compareText);
  }
  if (options.files !== undefined) return [...new Set(options.files)].sort(compareText);
  const found = await schemaFiles(options.root);
  if (found === undefined || found.length === 0) {
    const message =
      found === undefined ? "there is no such folder" : "there is no .proto file in this folder";
    report.add(
      "PH009",
      "",
      topOfFile,
      message,
      `put the schema's files below ${options.root}, or name another folder`,
    );
  }
  return (found ?? []).sort(compareText);
}

/** The `.proto` files below a schema's root, in no order; undefined when there is no such folder. */
export function schemaFiles(root: string): Promise<string[] | undefined> {
  return protoFilesBelow(root, "");
}

/** Below a folder; undefined when there is no such folder. Our own and Google's folders are left out at the top. */
async function protoFilesBelow(root: string, folder: string): Promise<string[] | undefined> {
  let entries: { name: string; isDirectory(): boolean; isFile(): boolean }[];
  try {
    entries = await readdir(path.join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const files: string[] = [];
  for (const entry of entries) {
    const name = folder + entry.name;
    if (entry.isDirectory()) {
      const skipped = entry.name.startsWith(".") || entry.name === "node_modules";
      if (skipped || `${name}/` === ownFolder || `${name}/` === googleFolder) continue;
      files.push(...((await protoFilesBelow(root, `${name}/`)) ?? []));
    } else if (entry.name.endsWith(".proto")) {
      files.push(name);
    }
  }
  return files;
}

/** The package's `schema` folder, beside which `codegen` stands: found above this file both in the sources and in what is built of them. */
export function ownSchemaFolder(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, "schema", optionsPath))) {
    const above = path.dirname(folder);
    if (above === folder) throw new Error(`the package is incomplete: schema/${optionsPath} is missing`);
    folder = above;
  }
  return path.join(folder, "schema");
}

async function readText(file: string): Promise<string | undefined> {
  // An import can spell it; no file system has it, and Node refuses to ask.
  if (file.includes("\0")) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR";
}

/** Goes through imports depth first, without a call for each: chains of imports may be of any length. */
function reportCycles(files: ReadonlyMap<string, FileOutline>, broken: Set<string>, report: Report): void {
  const done = new Set<string>();
  for (const start of files.values()) {
    const path: { readonly file: FileOutline; next: number }[] = [{ file: start, next: 0 }];
    const onPath = new Set([start.path]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { file } = top;
      const word = done.has(file.path) ? undefined : file.imports[top.next++];
      if (word === undefined) {
        done.add(file.path);
        onPath.delete(file.path);
        path.pop();
      } else if (onPath.has(word.text)) {
        const names = path.map((step) => step.file.path);
        const cycle = [...names.slice(names.indexOf(word.text)), word.text].join(" -> ");
        const help = "move what both need into a file that both import";
        report.add("PH006", file.path, word.at, `the import closes a cycle: ${cycle}`, help);
        broken.add(file.path);
      } else {
        const next = files.get(word.text);
        if (next !== undefined) {
          path.push({ file: next, next: 0 });
          onPath.add(next.path);
        }
      }
    }
  }
}

/** A file that imports a broken one cannot be judged either: what it misses may be what could not be read. */
function spread(files: ReadonlyMap<string, FileOutline>, broken: Set<string>): void {
  const importers = new Map<string, string[]>();
  for (const { path, imports } of files.values()) {
    for (const { text } of imports) {
      const list = importers.get(text);
      if (list === undefined) importers.set(text, [path]);
      else list.push(path);
    }
  }
  // The set grows while it is gone through.
  for (const path of broken) for (const importer of importers.get(path) ?? []) broken.add(importer);
}
