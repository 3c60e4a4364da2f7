import { rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { messageOf } from "../../schema/errors.ts";
import { generate } from "../generate.ts";
import { type Diagnostic, formatDiagnostic } from "../load/diagnostic.ts";
import { loadSchema } from "../load/load.ts";
import { lockSchema, lostLock, writeLock } from "../lock/file.ts";
import { lockFileName } from "../lock/lock.ts";
import { Refusal } from "../refusal.ts";
import { checksOf, type GeneratedFile, type Target } from "../target.ts";
import { freshlyMade } from "../write/fresh.ts";
import { leftoversOf } from "../write/leftovers.ts";
import { type Made, manifestName, readManifest } from "../write/manifest.ts";
import { type Plan, planOutput } from "../write/plan.ts";
import { readIfThere } from "../write/text.ts";
import { writeOutput } from "../write/write.ts";
import type { Job } from "./jobs.ts";
import type { Output } from "./output.ts";
import { Session } from "./session.ts";
import { SchemaSources } from "./sources.ts";

/** Options that all jobs of one `photinus codegen` command share. */
export interface RunOptions {
  /** Working directory; the paths of jobs are relative to it. */
  readonly folder: string;
  /** Writes nothing, and fails when a file is not up to date. */
  readonly check: boolean;
  /** Overwrites and removes files that codegen did not write or that were edited. Default false. */
  readonly force?: boolean;
  readonly output: Output;
}

/** Options of {@link runJob}. */
export interface JobOptions extends RunOptions {
  /** State that a watched job keeps between runs. Default: none. */
  readonly session?: Session;
}

/**
 * Runs one job: loads the schema, checks it against the lock file, generates, and writes output and lock file. The whole run is
 * skipped when the manifest shows that this generator made the present files from the same schema, lock file and options.
 *
 * @returns false when the schema has errors or, with `check`, when the output is not up to date
 * @throws Refusal for files that codegen may not overwrite, or when a file cannot be read or written
 */
export async function runJob(job: Job, options: JobOptions): Promise<boolean> {
  const { check, force = false, output } = options;
  const root = resolve(options.folder, job.schema);
  const out = resolve(options.folder, job.out);
  const compile = job.targets[0]?.compileFolder;
  if (compile !== undefined) return runFolder(job, compile, options);
  const internal = job.targets.some(({ isOfOwnMessages }) => isOfOwnMessages);
  const complain = (found: readonly Diagnostic[]) => {
    for (const diagnostic of found) output.complain(formatDiagnostic(diagnostic, job.schema));
  };

  const sources = internal ? SchemaSources.none : await SchemaSources.in(root);
  const session = options.session ?? new Session();
  const { generator } = session;
  const lockBefore = internal ? undefined : readIfThere(join(root, lockFileName));
  const leftoverLocks = internal ? [] : leftoversOf(root, [lockFileName]);
  const manifest = readManifest(out);
  const targets = job.targets.map(({ name }) => name);
  const [target = ""] = targets;
  const inputsOf = (lockText: string | undefined, also: readonly string[]) =>
    sources.hash(lockText, { importExtension: job.importExtension }, also);
  const inputs = inputsOf(lockBefore, manifest.made.get(target)?.also ?? []);
  // The first run of a watch is never skipped: it fills the caches of the session, so that later runs are fast.
  const mustRun = leftoverLocks.length > 0 || options.session?.isNew;
  const fresh = mustRun ? undefined : freshlyMade(out, manifest, targets, { generator, inputs });
  if (fresh) {
    complain(fresh.warnings);
    const count = targets.reduce((sum, name) => sum + (manifest.written.get(name)?.size ?? 0), 0);
    output.print(`${check ? job.out : nameOf(out, options)}: ${count} files, all up to date`);
    return true;
  }

  const { schema, diagnostics } = await loadSchema({
    root,
    internal,
    checks: checksOf(job.targets),
    ...(sources.paths && sources.paths.length > 0 && { files: sources.paths }),
    readFile: async (path) => sources.load(path),
    parsed: session.parsed,
  });
  complain(diagnostics);
  if (!schema) return false;

  const lock = internal ? undefined : await lockSchema(schema, root, session.lock);
  complain(lock?.diagnostics ?? []);
  if (lock && lock.text === undefined) return false;

  const isLost =
    lock !== undefined && !lock.isRestored && lockBefore === undefined && manifest.made.has(target);
  if (lock?.isRestored)
    output.complain(`warning: ${job.schema}/${lockFileName} not found; using the committed one from git`);
  if (isLost) output.complain(`${check ? "error" : "warning"}: ${lostLock(job.schema)}`);
  session.isNew = false;
  const memo = internal ? undefined : session.memo;
  memo?.begin(schema.files, (path) => sources.read(path));
  const files = generate(schema, job.targets, {
    importExtension: job.importExtension,
    lock: lock?.lock,
    memo,
  });
  const { also } = sources;
  const made: Made = { generator, inputs: inputsOf(lock?.text, also), also, warnings: diagnostics };
  const plan = await planOutput(out, files, targets, { made, force, seen: session.seen });
  if (check) {
    const isStale = !isLost && (lock?.stale ?? false);
    return report(job, plan, files.length, { isLost, isStale, leftoverLocks }, output);
  }
  refuseForeign(job, plan);
  const saveLock = () => {
    for (const path of leftoverLocks) rmSync(join(root, path), { force: true });
    if (lock?.text === undefined || lock.lock === undefined || !lock.stale) return;
    writeLock(root, lock.text);
    session.lock.wrote(lock.text, lock.lock);
  };
  await writeAll(job, out, plan, saveLock);
  output.print(summary(nameOf(out, options), plan, files));
  return true;
}

/** Runs a job whose target compiles a folder of other files instead of a schema. */
async function runFolder(
  job: Job,
  compile: NonNullable<Target["compileFolder"]>,
  options: JobOptions,
): Promise<boolean> {
  const { check, force = false, output } = options;
  const out = resolve(options.folder, job.out);
  let files: GeneratedFile[];
  try {
    files = compile(resolve(options.folder, job.schema));
  } catch (error) {
    output.complain(`error: ${job.schema}/${messageOf(error)}`);
    return false;
  }
  const targets = job.targets.map(({ name }) => name);
  const plan = await planOutput(out, files, targets, { force });
  if (check)
    return report(job, plan, files.length, { isLost: false, isStale: false, leftoverLocks: [] }, output);
  refuseForeign(job, plan);
  await writeAll(job, out, plan, () => undefined);
  output.print(summary(nameOf(out, options), plan, files));
  return true;
}

/** @throws Refusal when the plan has foreign files; nothing is written then. */
function refuseForeign(job: Job, { foreign }: Plan): void {
  if (foreign.length === 0) return;
  const list = foreign.map((path) => `  ${job.out}/${path}`).join("\n");
  throw new Refusal(
    `no file was written; codegen did not write these files, or they were edited since:\n${list}\n` +
      "move them, choose another folder with --out, or overwrite and remove them with --force",
  );
}

/** Writes the output, then the lock file. Until the final manifest is written, a killed run is repeated by the next one. */
async function writeAll(job: Job, out: string, plan: Plan, saveLock: () => void): Promise<void> {
  const lockLast = () => {
    try {
      saveLock();
    } catch (error) {
      throw new Refusal(
        `cannot write ${job.schema}/${lockFileName}: ${messageOf(error)}; make it writable, since it keeps the new ids and numbers`,
      );
    }
  };
  await writeOutput(out, plan, lockLast).catch((error: unknown) => {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`cannot write to ${job.out}: ${messageOf(error)}; choose another folder with --out`);
  });
}

/** Result of a run as one line: "generated: 12 files, 3 written, 1 removed". */
function summary(name: string, plan: Plan, files: readonly { readonly path: string }[]): string {
  const parts = [`${name}: ${files.length} files`];
  const written = files.filter(({ path }) => plan.texts.has(path)).length;
  if (written > 0) parts.push(`${written} written`);
  const removed = plan.orphaned.length + plan.leftover.length;
  if (removed > 0) parts.push(`${removed} removed`);
  if (parts.length === 1) parts.push("all up to date");
  return parts.join(", ");
}

/** Output folder relative to the working directory. */
function nameOf(out: string, { folder }: RunOptions): string {
  return relative(folder, out) || ".";
}

/** Prints the result of `--check`. Returns false when a file is not up to date. */
function report(
  job: Job,
  plan: Plan,
  count: number,
  lock: { readonly isLost: boolean; readonly isStale: boolean; readonly leftoverLocks: readonly string[] },
  output: Output,
): boolean {
  const line = (what: string) => (path: string) => `  ${what.padEnd(8)}  ${path}`;
  const inOutput = (path: string) => `${job.out}/${path}`;
  const inSchema = (path: string) => `${job.schema}/${path}`;
  const wrong = [
    ...plan.stale
      .filter((path) => path !== manifestName)
      .map(inOutput)
      .map(line("stale")),
    ...plan.missing.map(inOutput).map(line("missing")),
    ...plan.orphaned.map(inOutput).map(line("orphaned")),
    ...plan.foreign.map(inOutput).map(line("foreign")),
    ...plan.leftover.map(inOutput).map(line("leftover")),
    ...(lock.isStale ? [lockFileName] : []).map(inSchema).map(line("stale")),
    ...lock.leftoverLocks.map(inSchema).map(line("leftover")),
  ];
  // The manifest changes with every file, so it is not listed beside them. It is listed alone when it lacks these files, or a run
  // was killed after the last file.
  if (wrong.length === 0 && lock.isLost) return false;
  if (wrong.length === 0 && !plan.isRecorded) wrong.push(line("stale")(inOutput(manifestName)));
  if (wrong.length === 0) {
    output.print(`${job.out}: ${count} files, all up to date`);
    return true;
  }
  output.complain(`${job.out} is not up to date with the schema in ${job.schema}; run photinus codegen:`);
  for (const one of wrong) output.complain(one);
  return false;
}
