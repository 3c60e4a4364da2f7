import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  type Judged,
  judge,
  type RuleSettings,
  ruleSettings,
  unusedAllowances,
} from "../../evolution/check/acknowledgements.ts";
import {
  type Allowance,
  type Allowances,
  allowancesIn,
  type FlawedAllowance,
} from "../../evolution/check/allowances.ts";
import { annotationLines } from "../../evolution/check/annotations.ts";
import { pathIn, reportLines } from "../../evolution/check/report-text.ts";
import { worstOf } from "../../evolution/compare/change.ts";
import { changesBetween } from "../../evolution/diff/changes-between.ts";
import { modelOf } from "../../evolution/model/model-of.ts";
import { formatDiagnostic } from "../../load/diagnostic.ts";
import { loadSchema } from "../../load/load.ts";
import { type ParsedLock, parseLock } from "../../lock/format.ts";
import { lockFileName } from "../../lock/lock.ts";
import { cutOff } from "../../lock/releases/cut-off.ts";
import { lastRelease } from "../../lock/releases/releases.ts";
import { renamedByLock } from "../../lock/releases/renamed-by-lock.ts";
import { Refusal } from "../../refusal.ts";
import { git } from "../../repository.ts";
import { checksOf, type Target } from "../../target.ts";
import { builtInTargets } from "../../targets.ts";
import { readIfThere } from "../../write/text.ts";
import { isOfSchema, type Job, property, readSettings, resolveJobs } from "../jobs.ts";
import type { Output } from "../output.ts";
import { kindOfReference, type ReferenceKind, readReference, referenceOf } from "./reference.ts";

/** Flags of `photinus check`. */
export interface CheckFlags {
  /** Commit, branch or tag of git, schema folder, or lock file with a release. Required. */
  readonly against?: string;
  /** Folder of the schema. Default: all schemas of package.json, or "schema". */
  readonly schema?: string;
  /** Prints one JSON object instead of text. */
  readonly json?: boolean;
  /** Prints annotations for code review. Default: true in GitHub Actions, without `json`. */
  readonly annotations?: boolean;
}

/** Options of {@link check}. */
export interface CheckOptions {
  /** Working directory; paths are relative to it. */
  readonly folder: string;
  /** Targets that jobs may name. Default: the built-in ones. */
  readonly targets?: readonly Target[];
  /** Environment variables. Default: those of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
}

/** Result of the comparison of one schema. */
interface Checked {
  readonly schema: string;
  readonly judged: readonly Judged[];
  readonly flawed: readonly FlawedAllowance[];
  /** Allowances that acknowledge nothing. */
  readonly unused: readonly Allowance[];
  /** True when the reference has no such schema, so that everything is new. */
  readonly isNew: boolean;
  /** Release in the schema's own lock file that the schema is compared with, since the reference has no such schema. */
  readonly instead?: number;
}

/**
 * Runs `photinus check`: compares the schema with a former state, and prints every change with its classes, place, who is hurt and
 * the safe way. Writes nothing.
 *
 * @returns 0 when all changes are safe or acknowledged, else 1
 * @throws Refusal for invalid flags, settings or references, which is exit code 2 on the command line
 */
export async function check(flags: CheckFlags, options: CheckOptions): Promise<0 | 1> {
  const { folder, output, targets = builtInTargets, environment = process.env } = options;
  const { against, json = false } = flags;
  if (against === undefined || against === "")
    throw new Refusal(
      "--against is missing; expected a commit, branch or tag of git, a schema folder, or a lock file",
    );
  const configured = await readSettings(folder);
  const settings = ruleSettings(property(configured?.value, "evolution"), configured?.path ?? "package.json");
  const jobs = await resolveJobs(folder, flags.schema === undefined ? {} : { schema: flags.schema }, targets);
  const bySchema = Map.groupBy(jobs.filter(isOfSchema), ({ schema }) => schema);
  const reference = kindOfReference(folder, against);
  if (bySchema.size > 1 && reference.kind !== "commit") {
    throw new Refusal(
      `package.json has several schemas; choose the one that ${against} belongs to with --schema: ${[...bySchema.keys()].join(", ")}`,
    );
  }
  const results: Checked[] = [];
  for (const [schema, own] of bySchema) {
    const result = await checkSchema(schema, own, { reference, against, settings }, options);
    if (result === undefined) return 1;
    results.push(result);
  }
  if (results.every(({ isNew }) => isNew)) {
    const list = results.map(({ schema }) => schema).join(", ");
    throw new Refusal(`${against} has no .proto files in ${list}; expected a commit with the former schema`);
  }
  const isSound = results.every(isAccepted);
  if (json) output.print(JSON.stringify({ against, ok: isSound, schemas: results.map(jsonOf) }));
  else for (const result of results) printResult(result, against, output);
  const isAnnotated = flags.annotations ?? (!json && environment["GITHUB_ACTIONS"] === "true");
  // Code review names files from the root of the repository, which may be above the working directory.
  const prefix = isAnnotated ? (git(folder, ["rev-parse", "--show-prefix"])?.trim() ?? "") : "";
  for (const { judged, schema } of isAnnotated ? results : []) {
    // With --json, standard output has the JSON object alone.
    for (const line of annotationLines(judged, prefix + schema))
      json ? output.complain(line) : output.print(line);
  }
  return isSound ? 0 : 1;
}

function isAccepted({ judged, flawed }: Checked): boolean {
  return flawed.length === 0 && judged.every(({ verdict }) => verdict !== "error");
}

/** Lock of a schema whose codegen never ran. */
const noLock: ParsedLock = { lock: undefined, diagnostics: [] };

/** Compares one schema; undefined when it or its lock file has errors, which are printed. */
async function checkSchema(
  schema: string,
  jobs: readonly Job[],
  {
    reference,
    against,
    settings,
  }: { readonly reference: ReferenceKind; readonly against: string; readonly settings: RuleSettings },
  { folder, output }: CheckOptions,
): Promise<Checked | undefined> {
  const root = resolve(folder, schema);
  const texts = new Map<string, string>();
  const readOne = async (path: string): Promise<string | undefined> => {
    const text = path.includes("\0")
      ? undefined
      : await readFile(join(root, path), "utf8").catch(() => undefined);
    if (text !== undefined) texts.set(path, text);
    return text;
  };
  const loaded = await loadSchema({
    root,
    checks: checksOf(new Set(jobs.flatMap(({ targets }) => targets))),
    readFile: readOne,
  });
  if (loaded.schema === undefined) {
    for (const one of loaded.diagnostics) output.complain(formatDiagnostic(one, schema));
    return undefined;
  }
  const lockText = readIfThere(join(root, lockFileName));
  const { lock, diagnostics } = lockText === undefined ? noLock : parseLock(lockText);
  if (diagnostics.length > 0) {
    for (const one of diagnostics) output.complain(formatDiagnostic(one, schema));
    return undefined;
  }
  const found = await readReference(root, reference, against);
  // A schema that was moved to this folder has its releases with it, and clients of these releases.
  const instead = found === undefined && lock !== undefined ? lastRelease(lock) : undefined;
  const before = instead === undefined || lock === undefined ? found : referenceOf(lock, instead.number);
  if (before === undefined) return { schema, judged: [], flawed: [], unused: [], isNew: true };
  const allowances: Allowances = allowancesIn(texts);
  const model = modelOf(loaded.schema);
  const changes = changesBetween(before.model, model, renamedByLock(before.lock, lock));
  const all = [...changes, ...cutOff(before.releases, before, { model, lock })];
  return {
    schema,
    judged: judge(all, settings, allowances),
    flawed: allowances.flawed,
    unused: unusedAllowances(all, allowances),
    isNew: false,
    ...(instead === undefined ? {} : { instead: instead.number }),
  };
}

function printResult(result: Checked, against: string, output: Output): void {
  const { schema, judged, flawed, unused, isNew, instead } = result;
  if (isNew) {
    output.print(`${schema}: not in ${against}, so everything is new`);
    return;
  }
  const count = judged.length === 1 ? "1 change" : `${judged.length || "no"} changes`;
  const other = instead === undefined ? against : `release ${instead} of its lock file`;
  if (instead !== undefined) output.print(`${schema}: not in ${against}`);
  output.print(`${schema} compared with ${other}: ${count}`);
  for (const line of reportLines(judged, schema)) output.print(line);
  for (const { place, message } of flawed)
    output.complain(`${pathIn(schema, place.file)}:${place.line} error: invalid photinus:allow: ${message}`);
  for (const { place, rules } of unused) {
    output.print(
      `${pathIn(schema, place.file)}:${place.line} note: photinus:allow ${rules.join(", ")} acknowledges no change here; ` +
        "remove it, or put it above the declaration that changed",
    );
  }
  const wrong = judged.filter(({ verdict }) => verdict === "error").length;
  if (wrong === 0) return;
  output.print("");
  output.complain(
    `error: ${wrong} of them ${wrong === 1 ? "is" : "are"} neither safe nor acknowledged\n` +
      "  help: change the schema in the safe way; or acknowledge with // photinus:allow RULE REASON above the declaration, " +
      "or with photinus.evolution.rules in package.json",
  );
}

/** Result of one schema for `--json`. */
function jsonOf({ schema, judged, flawed, unused, isNew, instead }: Checked): object {
  return {
    schema,
    isNew,
    release: instead,
    changes: judged.map(({ change, verdict, acknowledged }) => {
      const { place, ...rest } = change;
      const file = place.file === "" ? undefined : pathIn(schema, place.file);
      return { ...rest, worst: worstOf(change), file, line: place.line || undefined, verdict, acknowledged };
    }),
    unusedAllowances: unused.map(({ place, rules }) => ({
      file: pathIn(schema, place.file),
      line: place.line,
      rules,
    })),
    invalidAllowances: flawed.map(({ place, message }) => ({
      file: pathIn(schema, place.file),
      line: place.line,
      message,
    })),
  };
}
