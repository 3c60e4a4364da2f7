import type { Command, Option } from "commander";
import { fail } from "../../../schema/errors.ts";

/** Adds the `photinus data` commands. Each command imports its modules when it runs, so that other commands start fast. */
export function addDataCommands(program: Command, config: () => Option): void {
  const data = program
    .command("data")
    .description("inspect and migrate the tables of a topology, export and forget a person");
  const exit = async (code: Promise<number>) => {
    // A timer or socket left by a module of the topology must not keep the process alive.
    process.exit(await code);
  };
  data
    .command("migrate")
    .description("migrate the databases to the tables of the schema, without losing data")
    .addOption(config())
    .option("--dry-run", "print the SQL, change nothing")
    .option(
      "--additive",
      "apply additive changes even when others are refused, and keep what would be dropped",
    )
    .action(async (options: { config?: string; dryRun?: boolean; additive?: boolean }) => {
      const { migrateTables } = await import("./migrate-command.ts");
      await exit(migrateTables(options, process));
    });
  data
    .command("status")
    .description("show tables, cache, journal and durability")
    .addOption(config())
    .option("--json", "print JSON")
    .action(async (options: { config?: string; json?: boolean }) => {
      const { dataStatus } = await import("./data-status.ts");
      await exit(dataStatus(options, process));
    });
  addDeadLetterCommands(data, config, exit);
  addPersonCommands(data, config, exit);
}

function addPersonCommands(
  data: Command,
  config: () => Option,
  exit: (code: Promise<number>) => Promise<void>,
): void {
  data
    .command("export")
    .description("write all rows of a person as JSON, without secrets")
    .addOption(config())
    .requiredOption("--user <id>", "the user id")
    .option("--out <file>", "the file to create; default: the standard output")
    .action(async (options: { config?: string; user: string; out?: string }) => {
      const { exportUser } = await import("./person-commands.ts");
      await exit(exportUser(options, process));
    });
  data
    .command("forget")
    .description("delete or anonymize all rows of a person, as the schema declares")
    .addOption(config())
    .requiredOption("--user <id>", "the user id")
    .action(async (options: { config?: string; user: string }) => {
      const { forgetUser } = await import("./person-commands.ts");
      await exit(forgetUser(options, process));
    });
}

function addDeadLetterCommands(
  data: Command,
  config: () => Option,
  exit: (code: Promise<number>) => Promise<void>,
): void {
  const deadLetters = data.command("dead-letters").description("changes that the database refused");
  deadLetters
    .command("list")
    .description("list dead letters, oldest first")
    .addOption(config())
    .option("--limit <count>", "most dead letters to list", "100")
    .option("--json", "print JSON")
    .action(async ({ limit, ...options }: { config?: string; limit: string; json?: boolean }) => {
      const { listDeadLetters } = await import("./dead-letter-commands.ts");
      await exit(listDeadLetters({ ...options, limit: countOf(limit) }, process));
    });
  for (const action of ["retry", "drop"] as const) {
    const what =
      action === "retry"
        ? "return dead letters to the journal"
        : "discard dead letters: rows get the values of the database";
    deadLetters
      .command(`${action} [ids...]`)
      .description(what)
      .addOption(config())
      .option("--all", "all current dead letters")
      .action(async (ids: string[], options: { config?: string; all?: boolean }) => {
        const { settleDeadLetters } = await import("./dead-letter-commands.ts");
        await exit(settleDeadLetters(action, ids, options, process));
      });
  }
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_000_000) return count;
  throw fail("INVALID_ARGUMENT", `invalid --limit ${text}; expected a whole number from 1 to 1000000`);
}
