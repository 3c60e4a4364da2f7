import { readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { fail, isPhotinusError } from "../../../schema/errors.ts";
import { explain } from "../diagnosis/error-reason.ts";
import { readJson } from "../diagnosis/json.ts";
import { Problems, refusal } from "../diagnosis/topology-problem.ts";
import { resolveTopology } from "./resolve-topology.ts";
import type { ResolvedTopology } from "./resolved-topology.ts";

/** Default names of a topology file, in the order of the search. */
export const topologyNames = ["photinus.config.ts", "photinus.config.js", "photinus.config.json"] as const;

const oneOf = new Intl.ListFormat("en", { type: "disjunction" });

/**
 * Finds the topology file: the given one, else the first of {@link topologyNames} in `directory`. Throws NOT_FOUND without such
 * a file.
 */
export function findTopology(given: string | undefined, directory: string): string {
  if (given !== undefined) return resolve(directory, given);
  for (const name of topologyNames) {
    const path = resolve(directory, name);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  }
  throw fail(
    "NOT_FOUND",
    `no ${oneOf.format(topologyNames)} in ${directory}; create one, or choose another file with --config FILE`,
  );
}

/**
 * Reads and checks a topology file: a module whose default export is the topology, or JSON. Throws INVALID_ARGUMENT with one
 * line for each problem. A Photinus error of the module itself passes through.
 */
export async function loadTopology(path: string): Promise<ResolvedTopology> {
  const file = resolve(path);
  const there = statSync(file, { throwIfNoEntry: false });
  if (!there?.isFile()) {
    const wrong = there?.isDirectory() ? "found a folder, expected a file" : "file not found";
    throw refuse("file-missing", file, wrong, "choose another file with --config FILE");
  }
  if (!/\.([cm]?[jt]s|json)$/.test(file)) {
    throw refuse("file-unreadable", file, "neither a module nor JSON", "expected a .ts, .js or .json file");
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
    const { reason, remedy = "fix the error" } = explain(error);
    throw refuse("file-unreadable", file, `cannot be loaded: ${reason}`, remedy);
  }
  if (module.default === undefined) {
    const remedy = "add: export default defineTopology({ ... })";
    throw refuse("no-topology", file, "no default export", remedy);
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
