import { migrate } from "../../tables/migrate/migrate.ts";
import type { Leftover, Refusal, Step } from "../../tables/migrate/migration-step.ts";
import { loadData, type Output, openDatabases } from "./open-data.ts";

export interface MigrateOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly additive?: boolean;
}

/** `photinus data migrate`. Resolves with the exit code: 1 when something was refused, a drop too. */
export async function migrateTables(options: MigrateOptions, { stdout, stderr }: Output): Promise<number> {
  const { dryRun = false, additive = false } = options;
  const { topology, tables } = await loadData(options.config);
  const databases = await openDatabases(topology.data, tables, dryRun);
  try {
    const { steps, refusals, leftovers, applied } = await migrate(databases, tables, {
      isDry: dryRun,
      isPartial: additive,
      onApplied: (step) => stdout.write(`${step.table}: ${step.change}\n`),
    });
    const places = new Map(databases.map(({ name, place }) => [name, place]));
    const where = databases.map(({ place }) => place).join(" and ");
    const isLeft = refusals.length > 0 || (leftovers.length > 0 && !additive);
    if (dryRun) stdout.write(sqlText(steps, places, isLeft));
    else if (applied.length > 0) stdout.write(`${countText(applied.length, "change")} made in ${where}.\n`);
    else if (!isLeft) stdout.write(`Nothing to do in ${where}.\n`);
    (additive ? stdout : stderr).write(leftoverText(leftovers));
    if (refusals.length > 0) {
      stderr.write(refusalText(refusals));
      if (!dryRun) stderr.write(whatNow(where, steps.length, applied.length));
      return 1;
    }
    if (!isLeft) return 0;
    const unchanged = dryRun || applied.length > 0 ? "" : `Nothing was changed in ${where}. `;
    stderr.write(
      `${unchanged}What is not dropped is for a person to decide: run the statements, or leave it all there with --additive.\n`,
    );
    return 1;
  } finally {
    for (const database of databases) await database.close();
  }
}

/**
 * SQL that can be run as it is: what is not SQL stands in comments.
 *
 * @param isLeft whether something is left to a person, which is told besides
 */
function sqlText(steps: readonly Step[], places: ReadonlyMap<string, string>, isLeft: boolean): string {
  if (steps.length === 0)
    return isLeft ? "-- what differs is for a person to decide\n" : "-- nothing to do\n";
  const lines: string[] = [];
  let database: string | undefined;
  for (const step of steps) {
    if (step.database !== database) lines.push(`-- database ${step.database}: ${places.get(step.database)}`);
    database = step.database;
    lines.push(`-- ${step.table}: ${step.change}`, ...step.sql.map((statement) => `${statement};`));
  }
  return `${lines.join("\n")}\n`;
}

function refusalText(refusals: readonly Refusal[]): string {
  const lines = refusals.flatMap(({ table, reason, sql }) => [
    `refused: ${table}: ${reason}`,
    ...sql.map((statement) => `  ${statement};`),
  ]);
  return `${lines.join("\n")}\n`;
}

/** What stays though the schema does not know it. */
function leftoverText(leftovers: readonly Leftover[]): string {
  return leftovers
    .flatMap(({ table, what, sql }) => [
      `not dropped: ${table}: ${what}, which the schema does not have; it does no harm`,
      ...sql.map((statement) => `  ${statement};`),
    ])
    .map((line) => `${line}\n`)
    .join("");
}

function whatNow(where: string, stepCount: number, appliedCount: number): string {
  const additive =
    stepCount > appliedCount
      ? ` ${countText(stepCount, "other change")} would lose nothing; --additive makes such changes all the same.`
      : "";
  const done = appliedCount === 0 ? `Nothing was changed in ${where}. ` : "";
  return (
    `${done}What was refused is for a person to decide: run the statements that you want by hand, or change the schema, ` +
    `then run this again.${additive}\n`
  );
}

function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
