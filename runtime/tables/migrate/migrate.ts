import { fail, isPhotinusError } from "../../../schema/errors.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { callable, flag } from "../../options/rule-kinds.ts";
import type { TableLayout } from "../table-layout.ts";
import type { MigrationDatabase } from "./migration-database.ts";
import { planTables } from "./migration-plan.ts";
import { type Leftover, type Plan, type Refusal, refusalOf, type Step } from "./migration-step.ts";
import { formerPlacesOf, movedAway } from "./renamed-tables.ts";

/** Options of {@link migrate}. */
export interface MigrateOptions {
  /** Plans without changing anything. Default false. */
  readonly isDry?: boolean;
  /** Applies the steps even when other changes are refused. Default false: a refusal prevents all steps. */
  readonly isPartial?: boolean;
  /** Called after each executed step. */
  readonly onApplied?: (step: Step) => void;
}

/** Rule that checks {@link MigrateOptions} and fills in defaults. */
export const migrateRule = object({
  isDry: withDefault(flag, false),
  isPartial: withDefault(flag, false),
  onApplied: withDefault(callable<(step: Step) => void>(), () => undefined),
} satisfies RulesOf<MigrateOptions>);

/** Result of {@link migrate}. */
export interface MigrationReport extends Plan {
  /** Executed steps. */
  readonly applied: readonly Step[];
}

/**
 * Migrates databases to the tables of a schema. All databases are planned before any statement runs; a second run finds no
 * steps. Steps that lose no data are applied. A change that could lose data is refused, and then no step is applied. Throws
 * FAILED_PRECONDITION with the statement that a database refused.
 */
export async function migrate(
  databases: readonly MigrationDatabase[],
  tables: readonly TableLayout[],
  options?: MigrateOptions,
): Promise<MigrationReport> {
  const { isDry, isPartial, onApplied } = resolveOptions("migrate", migrateRule, options);
  const begun: MigrationDatabase[] = [];
  let isKept = false;
  try {
    const plans: { database: MigrationDatabase; plan: Plan }[] = [];
    for (const database of databases) {
      if (!isDry) {
        await database.begin();
        begun.push(database);
      }
      plans.push({ database, plan: await planDatabase(database, tables, databases) });
    }
    const steps = plans.flatMap(({ plan }) => plan.steps);
    const refusals = plans.flatMap(({ plan }) => plan.refusals);
    const leftovers = plans.flatMap(({ plan }) => plan.leftovers);
    if (isDry || (refusals.length > 0 && !isPartial)) return { steps, refusals, leftovers, applied: [] };
    const applied: Step[] = [];
    const remaining: { refusals: Refusal[]; leftovers: Leftover[] } = { refusals: [], leftovers: [] };
    for (const { database, plan } of plans) {
      for (const step of plan.steps) {
        await apply(database, step, applied.length);
        applied.push(step);
        onApplied(step);
      }
      // Planned again, because the added columns and indexes change the statements that a person has to run.
      const now = await checkDone(database, tables, databases);
      remaining.refusals.push(...now.refusals);
      remaining.leftovers.push(...now.leftovers);
    }
    isKept = true;
    return { steps, ...remaining, applied };
  } finally {
    for (const database of begun) await database.end(isKept);
  }
}

async function planDatabase(
  database: MigrationDatabase,
  tables: readonly TableLayout[],
  databases: readonly MigrationDatabase[],
): Promise<Plan> {
  const mine = tables.filter((table) => table.database === database.name);
  const found = await database.find(mine);
  const plan = planTables(mine, found, database.dialect, await database.names());
  const steps: Step[] = [];
  const refusals: Refusal[] = [...plan.refusals];
  for (const { query, refusal } of plan.doubts) if (await database.hasRow(query)) refusals.push(refusal);
  for (const table of mine) {
    const moved = await findMoved(table, databases);
    if (moved === undefined || (found.has(table) && (await hasRows(database, table.name)))) continue;
    refusals.push(moved);
  }
  for (const step of plan.steps) {
    const { obstacle } = step;
    if (obstacle === undefined || !(await database.hasRow(obstacle.query))) steps.push(step);
    else refusals.push(refusalOf(step, obstacle));
  }
  return { steps, refusals, leftovers: plan.leftovers };
}

/** Refusal for a table whose rows an earlier schema left in another database. */
async function findMoved(
  table: TableLayout,
  databases: readonly MigrationDatabase[],
): Promise<Refusal | undefined> {
  for (const former of formerPlacesOf(table)) {
    const other = databases.find(({ name }) => name === former.database);
    if (other === undefined || !(await other.names())(former.name)) continue;
    if (await hasRows(other, former.name)) return movedAway(table, former);
  }
  return undefined;
}

function hasRows(database: MigrationDatabase, table: string): Promise<boolean> {
  return database.hasRow(`SELECT 1 FROM ${database.dialect.quote(table)} LIMIT 1`);
}

async function apply(database: MigrationDatabase, { table, change, sql }: Step, done: number): Promise<void> {
  for (const statement of sql) {
    try {
      await database.run(statement);
    } catch (error) {
      if (!isPhotinusError(error)) throw error;
      const before = database.isAtomic
        ? "nothing was changed"
        : `${done} earlier steps were applied and stay`;
      throw fail(error.code, `${error.reason}\n  at ${table}: ${change}\n  ${statement};\n  ${before}`, {
        cause: error,
      });
    }
  }
}

/**
 * Detects a statement that a database accepted without executing it. Resolves with the refusals and leftovers that remain.
 */
async function checkDone(
  database: MigrationDatabase,
  tables: readonly TableLayout[],
  databases: readonly MigrationDatabase[],
): Promise<Plan> {
  const plan = await planDatabase(database, tables, databases);
  const [first] = plan.steps;
  if (first === undefined) return plan;
  const what = `${first.table}: ${first.change}`;
  throw fail(
    "INTERNAL",
    `${database.place} accepted the statements, but this change is still missing: ${what}`,
  );
}
