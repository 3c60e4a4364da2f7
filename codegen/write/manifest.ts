import { join, posix } from "node:path";
import type { Diagnostic } from "../load/diagnostic.ts";
import { generatedBy } from "../target.ts";
import { readIfThere } from "./text.ts";

/** Where the writer notes which files are its own, below the output folder. */
export const manifestName = "manifest.json";

/** Hashes of texts, by path below the output folder; "" where it is not known. */
export type Hashes = ReadonlyMap<string, string>;

/** What a target's files were made from: as long as nothing of that changes, they need not be made again. */
export interface Made {
  /** Hash of the generator's own code. */
  readonly generator: string;
  /** Hash of the schema's files, its lock file and the options. */
  readonly inputs: string;
  /** Schema files outside of the usual places, which other files import. */
  readonly also: readonly string[];
  /** What the schema was warned of. */
  readonly warnings: readonly Diagnostic[];
}

/** Files that the generator wrote into a folder, and what it made them from, by target. */
export interface Manifest {
  readonly written: ReadonlyMap<string, Hashes>;
  /** Texts that a run was about to write: files may hold these as well as what `written` says. Empty unless it was killed. */
  readonly writing: ReadonlyMap<string, Hashes>;
  readonly made: ReadonlyMap<string, Made>;
}

/** The manifest of an output folder; empty when there is none yet. Throws an Error with a remedy when it is damaged. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, manifestName);
  const text = readIfThere(path);
  if (text === undefined) return { written: new Map(), writing: new Map(), made: new Map() };
  const manifest = parse(text);
  if (!manifest) {
    throw new Error(
      `${path} is not a manifest of photinus codegen: restore it; after a merge take that of either side and run photinus codegen --force`,
    );
  }
  return manifest;
}

export function manifestText({ written, writing, made }: Manifest): string {
  const filled = (targets: ReadonlyMap<string, Hashes>) =>
    [...targets].filter(([, files]) => files.size > 0).map(([name, files]) => [name, sorted(files)] as const);
  const value = {
    about: `${generatedBy}. Do not edit.`,
    made: sorted(
      [...made].map(([name, { generator, inputs, also, warnings }]) => [
        name,
        { generator, inputs, ...(also.length > 0 && { also }), ...(warnings.length > 0 && { warnings }) },
      ]),
    ),
    ...(filled(writing).length > 0 && { writing: sorted(filled(writing)) }),
    written: sorted(filled(written)),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function sorted(entries: Iterable<readonly [string, unknown]>): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parse(text: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const written = targetsIn(property(value, "written"));
  const writing = targetsIn(property(value, "writing") ?? {});
  if (!written || !writing) return undefined;
  return { written, writing, made: madeIn(property(value, "made")) };
}

function targetsIn(value: unknown): Map<string, Hashes> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const targets = new Map<string, Hashes>();
  for (const [target, files] of Object.entries(value)) {
    const hashes = hashesIn(files);
    if (!hashes) return undefined;
    targets.set(target, hashes);
  }
  return targets;
}

/** Hashes by path. An older manifest lists the paths alone. */
function hashesIn(value: unknown): Hashes | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const entries = Array.isArray(value)
    ? value.map((path: unknown) => [path, ""] as const)
    : Object.entries(value);
  const hashes = new Map<string, string>();
  for (const [path, hash] of entries) {
    if (!isInside(path) || typeof hash !== "string") return undefined;
    hashes.set(path, hash);
  }
  return hashes;
}

/** What cannot be read here is as good as not there: it is made again. */
function madeIn(value: unknown): Map<string, Made> {
  const made = new Map<string, Made>();
  if (typeof value !== "object" || value === null) return made;
  for (const [target, entry] of Object.entries(value)) {
    const generator = property(entry, "generator");
    const inputs = property(entry, "inputs");
    const also = property(entry, "also") ?? [];
    const warnings = property(entry, "warnings") ?? [];
    if (typeof generator !== "string" || typeof inputs !== "string") continue;
    if (!Array.isArray(also) || !also.every(isInside)) continue;
    if (!Array.isArray(warnings) || !warnings.every(isDiagnostic)) continue;
    made.set(target, { generator, inputs, also, warnings });
  }
  return made;
}

function isDiagnostic(value: unknown): value is Diagnostic {
  const location = property(value, "location");
  const texts = [
    ...["code", "severity", "message", "help"].map((name) => property(value, name)),
    property(location, "file"),
  ];
  const numbers = [property(location, "line"), property(location, "column")];
  return (
    texts.every((text) => typeof text === "string") && numbers.every((number) => typeof number === "number")
  );
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

/** A path that stays in the output folder: what stands in a manifest gets deleted one day. */
function isInside(path: unknown): path is string {
  if (typeof path !== "string" || path === "" || path.includes("\\") || path.includes("\0")) return false;
  return posix.normalize(path) === path && !path.startsWith("/") && !path.startsWith("..");
}
