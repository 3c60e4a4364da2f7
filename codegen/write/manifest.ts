import { join, posix } from "node:path";
import type { Diagnostic } from "../load/diagnostic.ts";
import { generatedBy } from "../target.ts";
import { readIfThere } from "./text.ts";

/** Name of the file in the output folder that lists the files written by codegen. */
export const manifestName = "manifest.json";

/** Hashes of texts by path below the output folder; "" for an unknown hash, from a manifest of an older version. */
export type Hashes = ReadonlyMap<string, string>;

/** Origin of a target's files. While generator and inputs stay the same, the files need not be generated again. */
export interface Made {
  /** Hash of the generator's own code. */
  readonly generator: string;
  /** Hash of the schema's files, its lock file and the options. */
  readonly inputs: string;
  /** Imported schema files in folders that are not searched for schemas, such as hidden ones. */
  readonly also: readonly string[];
  /** Warnings about the schema, printed again when a run is skipped. */
  readonly warnings: readonly Diagnostic[];
}

/** Content of a manifest: files that codegen wrote into a folder and their origin, by target. */
export interface Manifest {
  /** Files of each target. */
  readonly written: ReadonlyMap<string, Hashes>;
  /** Texts that a killed run was about to write: a file may have this text or that of `written`. Empty after a complete run. */
  readonly writing: ReadonlyMap<string, Hashes>;
  /** Origin of each target's files. */
  readonly made: ReadonlyMap<string, Made>;
}

/**
 * Reads the manifest of an output folder; an empty one when the file is missing.
 *
 * @throws Error when the file is not a manifest
 */
export function readManifest(folder: string): Manifest {
  const path = join(folder, manifestName);
  const text = readIfThere(path);
  if (text === undefined) return { written: new Map(), writing: new Map(), made: new Map() };
  const manifest = parse(text);
  if (!manifest) {
    throw new Error(
      `${path} is not a manifest of photinus codegen; restore it; after a merge, take the file of either side and run photinus codegen --force`,
    );
  }
  return manifest;
}

/** Formats a manifest as the text of its file: sorted, so that equal manifests give equal texts. */
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

/** Parses the text of a manifest; undefined when it is malformed. A path outside of the output folder makes it malformed. */
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

/** Parses hashes by path. A manifest of an older version is a list of paths without hashes. */
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

/** Parses origins. A malformed one is dropped, so that its target is generated again. */
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

/** True for a path that stays inside the output folder. Files in a manifest may be deleted, so no other path is accepted. */
function isInside(path: unknown): path is string {
  if (typeof path !== "string" || path === "" || path.includes("\\") || path.includes("\0")) return false;
  return posix.normalize(path) === path && !path.startsWith("/") && !path.startsWith("..");
}
