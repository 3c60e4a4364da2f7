import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "../refusal.ts";
import { defaultsOf, type Target } from "../target.ts";
import { isMissing } from "../write/missing.ts";

/** One schema, and where its code goes. */
export interface Job {
  /** Folder of the schema, as the user named it. */
  readonly schema: string;
  /** Folder that the files are written to. */
  readonly out: string;
  readonly targets: readonly Target[];
  readonly importExtension: "ts" | "js";
}

/** Flags of the command line; what is absent was not given. */
export interface JobFlags {
  readonly schema?: string;
  readonly out?: string;
  readonly targets?: readonly string[];
  readonly importExtension?: string;
}

const defaults = { schema: "schema", out: "generated" } as const;

/**
 * What is to be done: as the flags say; without flags, as `photinus.codegen` in the folder's package.json says, a list of
 * `{ "schema", "out", "targets", "importExtension" }`; without that, from `schema` to `generated`.
 *
 * @param known the targets that there are
 * @throws Refusal for a value that cannot be
 */
export async function resolveJobs(folder: string, flags: JobFlags, known: readonly Target[]): Promise<Job[]> {
  const named = flags.schema !== undefined || flags.out !== undefined || flags.targets !== undefined;
  const configured = named ? undefined : await configuredJobs(folder);
  const jobs = configured ?? [flags];
  return jobs.map((job) => resolveJob({ ...job, ...withoutUndefined(flags) }, known));
}

/**
 * One job, with defaults for what is not given.
 *
 * @throws Refusal for a target or an extension that does not exist
 */
export function resolveJob(flags: JobFlags, known: readonly Target[]): Job {
  const { schema = defaults.schema, out = defaults.out, importExtension = "ts" } = flags;
  if (importExtension !== "ts" && importExtension !== "js") {
    throw new Refusal(`there is no import extension "${importExtension}"; choose ts or js`);
  }
  return { schema, out, targets: chooseTargets(known, flags.targets), importExtension };
}

function chooseTargets(known: readonly Target[], names: readonly string[] | undefined): readonly Target[] {
  if (names === undefined) return defaultsOf(known);
  const list = known.map(({ name }) => name).join(", ");
  if (names.length === 0) throw new Refusal(`no target is named; choose among ${list}`);
  const chosen = [...new Set(names)].map((name) => {
    const target = known.find((one) => one.name === name);
    if (target === undefined) throw new Refusal(`there is no target "${name}"; choose among ${list}`);
    return target;
  });
  const alone = chosen.find(({ isOfOwnMessages }) => isOfOwnMessages);
  if (alone !== undefined && chosen.length > 1) {
    throw new Refusal(
      `the target "${alone.name}" has files of its own: give it a run and a folder of its own`,
    );
  }
  return chosen;
}

async function configuredJobs(folder: string): Promise<JobFlags[] | undefined> {
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
    throw new Refusal(`${path} is not JSON`);
  }
  const list = property(property(value, "photinus"), "codegen");
  if (list === undefined) return undefined;
  if (!Array.isArray(list) || list.length === 0)
    throw new Refusal(`${path}: photinus.codegen must be a list of runs`);
  return list.map((entry: unknown, at) => configuredJob(entry, `${path}: photinus.codegen[${at}]`));
}

const properties = ["schema", "out", "targets", "importExtension"] as const;

function configuredJob(entry: unknown, place: string): JobFlags {
  if (typeof entry !== "object" || entry === null) throw new Refusal(`${place} must be an object`);
  for (const [name, value] of Object.entries(entry)) {
    if (!properties.some((one) => one === name)) {
      throw new Refusal(`${place} has an unknown property "${name}"; there are ${properties.join(", ")}`);
    }
    const sound = name === "targets" ? isStringList(value) : typeof value === "string";
    if (!sound)
      throw new Refusal(`${place}.${name} must be ${name === "targets" ? "a list of strings" : "a string"}`);
  }
  return entry;
}

function isStringList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function withoutUndefined(flags: JobFlags): JobFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}
