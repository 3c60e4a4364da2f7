import { relative, resolve } from "node:path";
import { generate } from "../generate.ts";
import { formatDiagnostic } from "../load/diagnostic.ts";
import { loadSchema } from "../load/load.ts";
import { lockSchema, writeLock } from "../lock/file.ts";
import { lockFileName } from "../lock/lock.ts";
import { Refusal } from "../refusal.ts";
import { type Plan, planOutput } from "../write/plan.ts";
import { writeOutput } from "../write/write.ts";
import { internalTarget, type Job } from "./jobs.ts";
import type { Output } from "./output.ts";

export interface RunOptions {
  /** The folder that the job's paths are relative to. */
  readonly folder: string;
  /** True: write nothing, and fail when something would be written. */
  readonly check: boolean;
  readonly output: Output;
}

/** Does one job; false when its schema is wrong or, checking, when the output is not what it should be. */
export async function runJob(job: Job, options: RunOptions): Promise<boolean> {
  const { check, output } = options;
  const root = resolve(options.folder, job.schema);
  const out = resolve(options.folder, job.out);
  const internal = job.targets.includes(internalTarget);
  const { schema, diagnostics } = await loadSchema({ root, internal });
  for (const diagnostic of diagnostics) output.complain(formatDiagnostic(diagnostic, job.schema));
  if (!schema) return false;

  const lock = internal ? undefined : await lockSchema(schema, root);
  for (const diagnostic of lock?.diagnostics ?? []) output.complain(formatDiagnostic(diagnostic, job.schema));
  if (lock && lock.text === undefined) return false;

  const files = generate(schema, { ...job, lock: lock?.lock });
  const plan = await planOutput(out, files, job.targets);
  if (plan.foreign.length > 0) {
    const list = plan.foreign.map((path) => `  ${job.out}/${path}`).join("\n");
    throw new Refusal(
      `not written, because codegen did not write what is there:\n${list}\nmove these files, or choose another --out`,
    );
  }
  if (check) return report(job, plan, files.length, lock?.stale ?? false, output);
  await writeOutput(out, plan).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal(`cannot write to ${job.out}: ${reason}; choose another folder with --out`);
  });
  if (lock?.stale && lock.text !== undefined) await writeLock(root, lock.text);
  const lines = [`${relative(options.folder, out) || "."}: ${files.length} files`];
  const written = files.filter(({ path }) => plan.texts.has(path)).length;
  if (written > 0) lines.push(`${written} written`);
  if (plan.orphaned.length > 0) lines.push(`${plan.orphaned.length} removed`);
  if (lines.length === 1) lines.push("all up to date");
  output.print(lines.join(", "));
  return true;
}

function report(job: Job, plan: Plan, count: number, lockIsStale: boolean, output: Output): boolean {
  const wrong = [
    ...plan.stale.map((path) => `  stale     ${job.out}/${path}`),
    ...plan.missing.map((path) => `  missing   ${job.out}/${path}`),
    ...plan.orphaned.map((path) => `  orphaned  ${job.out}/${path}`),
    ...(lockIsStale ? [`  stale     ${job.schema}/${lockFileName}`] : []),
  ];
  if (wrong.length === 0) {
    output.print(`${job.out}: ${count} files, all up to date`);
    return true;
  }
  output.complain(`${job.out} is not what the schema in ${job.schema} gives; run photinus codegen:`);
  for (const line of wrong) output.complain(line);
  return false;
}
