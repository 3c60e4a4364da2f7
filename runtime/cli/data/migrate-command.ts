import { migrate } from "../../tables/migrate/migrate.ts";
import type { Leftover, Refusal, Step } from "../../tables/migrate/migration-step.ts";
import { loadData, type Output, openDatabases } from "./open-data.ts";

/** Options of `photinus data migrate`. */
export interface MigrateOptions {
  /** Path of the topology file. */
  readonly config?: string;
  /** Prints the SQL, and changes nothing. */
  readonly dryRun?: boolean;
  /** Applies additive changes even when others are refused. */
  readonly additive?: boolean;
}

/** Migrates the databases, for `photinus data migrate`. Resolves with the exit code: 1 when a change or a drop was refused. */
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
    else if (applied.length > 0)
      stdout.write(`${countText(applied.length, "change")} applied in ${where}.\n`);
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
      `${unchanged}Drops need a decision: run the statements above, or keep everything with --additive.\n`,
    );
    return 1;
  } finally {
    for (const database of databases) await database.close();
  }
}

/**
 * Formats steps as SQL that can be run unchanged; all other text is in SQL comments.
 *
 * @param isLeft whether refusals or leftovers need a decision; they are printed separately
 */
function sqlText(steps: readonly Step[], places: ReadonlyMap<string, string>, isLeft: boolean): string {
  if (steps.length === 0) return isLeft ? "-- the differences need a decision\n" : "-- nothing to do\n";
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

/** Formats columns and indexes that exist in the database but not in the schema. */
function leftoverText(leftovers: readonly Leftover[]): string {
  return leftovers
    .flatMap(({ table, what, sql }) => [
      `not dropped: ${table}: ${what}, which is not in the schema; harmless`,
      ...sql.map((statement) => `  ${statement};`),
    ])
    .map((line) => `${line}\n`)
    .join("");
}

function whatNow(where: string, stepCount: number, appliedCount: number): string {
  const additive =
    stepCount > appliedCount
      ? ` ${countText(stepCount, "other change")} would lose no data; --additive applies such changes anyway.`
      : "";
  const done = appliedCount === 0 ? `Nothing was changed in ${where}. ` : "";
  return (
    `${done}Refused changes need a decision: run the statements that you want by hand, or change the schema, ` +
    `then run this command again.${additive}\n`
  );
}

function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
