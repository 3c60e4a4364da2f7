import { readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { fail, isPhotinusError } from "../../../schema/errors.ts";
import { explain } from "../diagnosis/error-reason.ts";
import { readJson } from "../diagnosis/json.ts";
import { Problems, refusal } from "../diagnosis/topology-problem.ts";
import { resolveTopology } from "./resolve-topology.ts";
import type { ResolvedTopology } from "./resolved-topology.ts";

/** The names that a topology file has when none is given, in the order they are looked for. */
export const topologyNames = ["photinus.config.ts", "photinus.config.js", "photinus.config.json"] as const;

const oneOf = new Intl.ListFormat("en", { type: "disjunction" });

/** The path of the topology file: the one given, else the first of {@link topologyNames} that is in `directory`. */
export function findTopology(given: string | undefined, directory: string): string {
  if (given !== undefined) return resolve(directory, given);
  for (const name of topologyNames) {
    const path = resolve(directory, name);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  }
  throw fail(
    "NOT_FOUND",
    `there is no ${oneOf.format(topologyNames)} in ${directory}; write one, or name another with --config FILE`,
  );
}

/**
 * Reads and checks a topology file: a module whose default export is the topology, or JSON.
 * Throws INVALID_ARGUMENT with one line for each problem.
 */
export async function loadTopology(path: string): Promise<ResolvedTopology> {
  const file = resolve(path);
  const there = statSync(file, { throwIfNoEntry: false });
  if (!there?.isFile()) {
    const wrong = there?.isDirectory() ? "it is a folder" : "there is no such file";
    throw refuse("file-missing", file, wrong, "name another with --config FILE");
  }
  if (!/\.([cm]?[jt]s|json)$/.test(file)) {
    throw refuse("file-unreadable", file, "it is neither a module nor JSON", "name a .ts, .js or .json file");
  }
  return extname(file) === ".json" ? loadJson(file) : loadModule(file);
}

async function loadJson(file: string): Promise<ResolvedTopology> {
  const document = readJson(readFileSync(file, "utf8"));
  if (!document.ok) {
    const { line, column } = document;
    throw refuse("json-syntax", `${file}:${line}:${column}`, document.wrong, "write valid JSON");
  }
  return resolveTopology(document.value, { source: file, locate: document.locate });
}

async function loadModule(file: string): Promise<ResolvedTopology> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
  } catch (error) {
    if (isPhotinusError(error)) throw error;
    const { reason, remedy = "repair it" } = explain(error);
    throw refuse("file-unreadable", file, `it cannot be loaded: ${reason}`, remedy);
  }
  if (module.default === undefined) {
    const remedy = "write: export default defineTopology({ ... })";
    throw refuse("no-topology", file, "it has no default export", remedy);
  }
  return resolveTopology(module.default, { source: file });
}

function refuse(
  code: "file-missing" | "file-unreadable" | "json-syntax" | "no-topology",
  place: string,
  wrong: string,
  remedy: string,
) {
  const problems = new Problems();
  problems.add(code, [], wrong, remedy);
  return refusal(problems.all, place);
}
