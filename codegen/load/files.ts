import { type Dirent, existsSync } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Schema } from "../../schema/model.ts";
import { nearest } from "../../schema/suggest.ts";
import { compareText, type Report } from "./diagnostic.ts";
import { descriptorPath, googleFolder, googleSource } from "./google.ts";
import { topOfFile } from "./link/symbols.ts";
import type { FileOutline } from "./read/outline.ts";
import { readOutline } from "./read/reader.ts";

/** Folder of Photinus' own schema files, as imports name it. */
export const ownFolder = "photinus/";

/** Path of the file that declares the options of Photinus, as imports name it. */
export const optionsPath = "photinus/options.proto";

/**
 * Reports errors that the loader does not know, such as names that clash in one target language. Also called for a schema with
 * other errors: types may be missing, and names may be declared twice.
 */
export type SchemaCheck = (schema: Pick<Schema, "files">, report: Report) => void;

/** Options of `loadSchema` and {@link readSources}. */
export interface LoadOptions {
  /** Folder of the schema; paths and imports are relative to it. */
  readonly root: string;
  /** Paths below the root, with slashes. Imported files are loaded too. Default: all `.proto` files below the root. */
  readonly files?: readonly string[];
  /** Reads a file by its path below the root; returns undefined for a missing file. Default: reads from the disk. */
  readonly readFile?: (path: string) => Promise<string | undefined>;
  /** Loads Photinus' own messages (photinus/control.proto, photinus/link.proto) instead of the schema. Default false. */
  readonly internal?: boolean;
  /** Further checks: those of databases, and of the targets that the schema is generated for. Default none. */
  readonly checks?: readonly SchemaCheck[];
  /** Cache of parsed files, shared by repeated loads. Default: a new cache. */
  readonly parsed?: ParsedFiles;
}

/** Cache of parsed files by path, kept from one load to the next. Holds one version of each file. */
export class ParsedFiles {
  readonly #known = new Map<string, { readonly text: string; readonly parsed: ParsedFile }>();

  /** Parses a file, or returns the earlier result when its text has not changed. */
  read(path: string, text: string): ParsedFile {
    const known = this.#known.get(path);
    if (known?.text === text) return known.parsed;
    const parsed = readOutline(path, text);
    this.#known.set(path, { text, parsed });
    return parsed;
  }
}

type ParsedFile = ReturnType<typeof readOutline>;

/** All files that were read: those of the schema, and files that they import. */
export interface Sources {
  /** Parsed files by path, imported ones included. */
  readonly files: ReadonlyMap<string, FileOutline>;
  /** Source texts by path, of the same files. */
  readonly texts: ReadonlyMap<string, string>;
  /** Paths of files with a syntax error or a missing import, and of files that import one. These are not checked further. */
  readonly broken: ReadonlySet<string>;
  /** Paths of the schema's own files, sorted; without files that were only imported. */
  readonly roots: readonly string[];
}

/**
 * Reads and parses the files of a schema and all files that they import. Syntax errors, missing files and import cycles are
 * reported; no name is resolved yet.
 *
 * @throws Error when the file system fails for another reason than a missing file
 */
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
    if (!isSoundPath(file)) {
      const help = "use letters, digits, _, -, . and spaces in the names of files and folders";
      const message = `the path ${JSON.stringify(file)} has a character that imports of generated code cannot contain`;
      report.add("PH015", file, topOfFile, message, help);
      broken.add(file);
    }
    const { outline, problems } = parsed.read(file, text);
    files.set(file, outline);
    for (const { at, message, help } of problems) report.add("PH001", file, at, message, help);
    if (problems.length > 0) broken.add(file);
    const imported = new Set<string>();
    for (const word of outline.imports) {
      if (imported.has(word.text)) {
        const help = "remove one of the two";
        report.add("PH007", file, word.at, `"${word.text}" is imported twice`, help);
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
      report.add("PH003", file, word.at, `imported file "${word.text}" not found`, help);
    }
    return true;
  };

  await visit(descriptorPath);
  await visit(optionsPath);
  for (const file of roots) {
    if (!(await visit(file))) {
      report.add("PH009", file, topOfFile, "file not found", "name a file below the schema root");
    }
  }
  reportCycles(files, broken, report);
  spread(files, broken);
  return { files, texts, broken, roots: roots.filter((file) => files.has(file)) };
}

/** Whether generated code can contain a path, in an import and in a comment, without any escape. */
function isSoundPath(file: string): boolean {
  return /^[\p{L}\p{M}\p{N}_\-. /]+$/u.test(file);
}

/** Text of an imported file. Files of Google and Photinus come with the package, whatever the schema folder holds. */
async function sourceOf(
  file: string,
  read: (path: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  if (file.startsWith(googleFolder)) return googleSource(file);
  if (file.startsWith(ownFolder)) return readText(path.join(ownSchemaFolder(), file));
  const normal = path.posix.normalize(file);
  // One file must have one path: a path with "./" or ".." would load it twice, or from outside the root.
  if (normal !== file || normal.startsWith("../") || path.isAbsolute(file) || file.includes("\\"))
    return undefined;
  return read(file);
}

/** Paths of the schema's own files, sorted, so that diagnostics and files do not depend on the file system's order. */
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
    const message = found === undefined ? "schema folder not found" : "the schema folder has no .proto files";
    report.add(
      "PH009",
      "",
      topOfFile,
      message,
      `put the schema's .proto files below ${options.root}, or name another folder`,
    );
  }
  return (found ?? []).sort(compareText);
}

/**
 * Lists the `.proto` files below a schema's root, unsorted, as paths with slashes. Returns undefined when the folder is missing.
 * Hidden folders and `node_modules` are skipped.
 */
export function schemaFiles(root: string): Promise<string[] | undefined> {
  return protoFilesBelow(root, "");
}

/** Whether a path leads to a folder; false for a link to nothing. */
async function isFolder(place: string): Promise<boolean> {
  return (await stat(place).catch(() => undefined))?.isDirectory() ?? false;
}

/** Lists files below one folder, also below a linked one. Top-level `photinus` and `google/protobuf` are skipped: their files come with the package. */
async function protoFilesBelow(
  root: string,
  folder: string,
  above: readonly string[] = [],
): Promise<string[] | undefined> {
  let entries: Dirent[];
  try {
    const real = await realpath(path.join(root, folder));
    // A link to a folder above would be followed without end.
    if (above.includes(real)) return [];
    above = [...above, real];
    entries = await readdir(real, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const files: string[] = [];
  for (const entry of entries) {
    const name = folder + entry.name;
    if (entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(path.join(root, name))))) {
      const skipped = entry.name.startsWith(".") || entry.name === "node_modules";
      if (skipped || `${name}/` === ownFolder || `${name}/` === googleFolder) continue;
      files.push(...((await protoFilesBelow(root, `${name}/`, above)) ?? []));
    } else if (entry.name.endsWith(".proto")) {
      files.push(name);
    }
  }
  return files;
}

/**
 * Finds the package's `schema` folder, beside the folder `codegen`. The search goes upwards from this file, since sources and
 * built files stand at different depths.
 *
 * @throws Error when the package is incomplete
 */
export function ownSchemaFolder(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, "schema", optionsPath))) {
    const above = path.dirname(folder);
    if (above === folder)
      throw new Error(
        `@photinus/codegen is incomplete: schema/${optionsPath} not found; install the package again`,
      );
    folder = above;
  }
  return path.join(folder, "schema");
}

async function readText(file: string): Promise<string | undefined> {
  // An import can contain NUL, for which Node throws a TypeError instead of ENOENT.
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

/**
 * Reports import cycles. The search is depth first with a stack of its own: a long chain of imports must not overflow the call
 * stack.
 */
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
        const help = "move the shared declarations into a file that both import";
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

/** Marks importers of broken files as broken: a type that seems unknown may be in the part that could not be read. */
function spread(files: ReadonlyMap<string, FileOutline>, broken: Set<string>): void {
  const importers = new Map<string, string[]>();
  for (const { path, imports } of files.values()) {
    for (const { text } of imports) {
      const list = importers.get(text);
      if (list === undefined) importers.set(text, [path]);
      else list.push(path);
    }
  }
  // A Set that grows during iteration also visits the added paths.
  for (const path of broken) for (const importer of importers.get(path) ?? []) broken.add(importer);
}
