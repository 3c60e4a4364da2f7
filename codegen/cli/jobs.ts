import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { SchemaCheck } from "../load/files.ts";
import { Refusal } from "../refusal.ts";
import { checksOf, defaultsOf, type Target } from "../target.ts";
import { isMissing } from "../write/missing.ts";

/** One run of codegen: a schema, an output folder and the targets. */
export interface Job {
  /** Folder of the schema as the user named it. */
  readonly schema: string;
  /** Output folder as the user named it. */
  readonly out: string;
  readonly targets: readonly Target[];
  /** Extension of imports between generated files. */
  readonly importExtension: "ts" | "js";
}

/** Flags of the command line; an absent flag was not given. */
export interface JobFlags {
  readonly schema?: string;
  readonly out?: string;
  readonly targets?: readonly string[];
  readonly importExtension?: string;
}

const defaults = { schema: "schema", out: "generated" } as const;

/**
 * Resolves the jobs of a command. With a flag `schema`, `out` or `targets`, there is one job from the flags. Otherwise the jobs
 * come from `photinus.codegen` in the folder's package.json, a list of `{ "schema", "out", "targets", "importExtension" }`;
 * without that, there is one job from `schema` to `generated`.
 *
 * @param folder working directory
 * @param known targets that jobs may name
 * @throws Refusal for an invalid flag or configuration
 */
export async function resolveJobs(folder: string, flags: JobFlags, known: readonly Target[]): Promise<Job[]> {
  const named = flags.schema !== undefined || flags.out !== undefined || flags.targets !== undefined;
  const configured = named ? undefined : await configuredJobs(folder);
  const jobs = configured ?? [flags];
  return jobs.map((job) => resolveJob({ ...job, ...withoutUndefined(flags) }, known));
}

/**
 * Resolves one job, with defaults for absent flags.
 *
 * @param known targets that the job may name
 * @throws Refusal for an unknown target or extension, or targets that exclude each other
 */
export function resolveJob(flags: JobFlags, known: readonly Target[]): Job {
  const { schema = defaults.schema, out = defaults.out, importExtension = "ts" } = flags;
  if (importExtension !== "ts" && importExtension !== "js") {
    throw new Refusal(`invalid import extension "${importExtension}"; expected ts or js`);
  }
  return { schema, out, targets: chooseTargets(known, flags.targets), importExtension };
}

/** Finds the named targets, each once; without names, the default ones. */
function chooseTargets(known: readonly Target[], names: readonly string[] | undefined): readonly Target[] {
  if (names === undefined) return defaultsOf(known);
  const list = known.map(({ name }) => name).join(", ");
  if (names.length === 0) throw new Refusal(`the list of targets is empty; expected at least one of ${list}`);
  const chosen = [...new Set(names)].map((name) => {
    const target = known.find((one) => one.name === name);
    if (target === undefined) throw new Refusal(`unknown target "${name}"; expected one of ${list}`);
    return target;
  });
  const alone = chosen.find(({ isOfOwnMessages }) => isOfOwnMessages);
  if (alone !== undefined && chosen.length > 1) {
    throw new Refusal(
      `the target "${alone.name}" cannot be combined with others; use a separate run and output folder`,
    );
  }
  return chosen;
}

/** A schema that a command works on, whatever is generated from it. */
export interface ChosenSchema {
  /** Folder of the schema as the user named it. */
  readonly schema: string;
  /** Checks of all targets that are generated from the schema. */
  readonly checks: readonly SchemaCheck[];
  /** Output folders of the configured runs of codegen over the schema, as the user named them; none for another schema. */
  readonly outs: readonly string[];
}

/**
 * Chooses the one schema of a command: the named one, or the only one of package.json.
 *
 * @param folder working directory
 * @param flag folder of the schema; undefined when the user named none
 * @throws Refusal when package.json has several schemas and none is named
 */
export async function oneSchema(
  folder: string,
  flag: string | undefined,
  targets: readonly Target[],
): Promise<ChosenSchema> {
  const jobs = await resolveJobs(folder, flag === undefined ? {} : { schema: flag }, targets);
  const users = jobs.filter(isOfSchema);
  const schemas = new Set(users.map((job) => job.schema));
  if (schemas.size > 1)
    throw new Refusal(
      `package.json has several schemas; choose one with --schema: ${[...schemas].join(", ")}`,
    );
  const [schema = "schema"] = schemas;
  const configured = flag === undefined ? users : await resolveJobs(folder, {}, targets);
  const own = configured.filter((job) => resolve(folder, job.schema) === resolve(folder, schema));
  const checks = checksOf(new Set(users.flatMap((job) => job.targets)));
  return { schema, checks, outs: own.map(({ out }) => out) };
}

/** Whether a job works from a schema of the user's. */
export function isOfSchema({ targets }: Job): boolean {
  return !targets.some(
    ({ isOfOwnMessages, compileFolder }) => isOfOwnMessages || compileFolder !== undefined,
  );
}

/** Settings of a project: the property `photinus` of its package.json. */
export interface Settings {
  /** Path of the package.json, for errors. */
  readonly path: string;
  /** Value of the property; undefined without one. */
  readonly value: unknown;
}

/**
 * Reads the settings in a folder's package.json; undefined when the file is missing.
 *
 * @throws Refusal when the file is not valid JSON
 */
export async function readSettings(folder: string): Promise<Settings | undefined> {
  const path = join(folder, "package.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(`invalid JSON in ${path}; correct its syntax`);
  }
  return { path, value: property(value, "photinus") };
}

/** Reads the jobs of package.json; undefined when the file or its `photinus.codegen` is missing. */
async function configuredJobs(folder: string): Promise<JobFlags[] | undefined> {
  const settings = await readSettings(folder);
  if (settings === undefined) return undefined;
  const { path } = settings;
  const list = property(settings.value, "codegen");
  if (list === undefined) return undefined;
  if (!Array.isArray(list) || list.length === 0)
    throw new Refusal(
      `${path}: photinus.codegen is not a list of runs; expected [{ "schema": ..., "out": ... }]`,
    );
  return list.map((entry: unknown, at) => configuredJob(entry, `${path}: photinus.codegen[${at}]`));
}

const properties = ["schema", "out", "targets", "importExtension"] as const;

/** Checks one entry of `photinus.codegen`. An unknown property is refused, since it is most likely misspelt. */
function configuredJob(entry: unknown, place: string): JobFlags {
  if (typeof entry !== "object" || entry === null)
    throw new Refusal(`${place} is not an object; expected { "schema": ..., "out": ... }`);
  for (const [name, value] of Object.entries(entry)) {
    if (!properties.some((one) => one === name)) {
      throw new Refusal(`${place} has an unknown property "${name}"; expected ${properties.join(", ")}`);
    }
    const sound = name === "targets" ? isStringList(value) : typeof value === "string";
    if (!sound)
      throw new Refusal(
        `${place}.${name} is invalid; expected ${name === "targets" ? "a list of strings" : "a string"}`,
      );
  }
  return entry;
}

function isStringList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Property of a value from JSON; undefined when the value is not an object. */
export function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function withoutUndefined(flags: JobFlags): JobFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}
