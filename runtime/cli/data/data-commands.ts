import type { Command, Option } from "commander";
import { fail } from "../../../schema/errors.ts";

/** `photinus data`: tables and what is stored of them. What a command needs is loaded when it runs. */
export function addDataCommands(program: Command, config: () => Option): void {
  const data = program.command("data").description("look after the tables of a topology");
  const exit = async (code: Promise<number>) => {
    // What the topology's modules have left behind, such as a timer, must not keep the process alive.
    process.exit(await code);
  };
  data
    .command("migrate")
    .description("bring the databases to the tables of the schema, without losing anything")
    .addOption(config())
    .option("--dry-run", "print the SQL, and change nothing")
    .option(
      "--additive",
      "make the additive changes even when others are refused, and leave what would be dropped",
    )
    .action(async (options: { config?: string; dryRun?: boolean; additive?: boolean }) => {
      const { migrateTables } = await import("./migrate-command.ts");
      await exit(migrateTables(options, process));
    });
  data
    .command("status")
    .description("show tables, cache, journal and durability")
    .addOption(config())
    .option("--json", "as JSON")
    .action(async (options: { config?: string; json?: boolean }) => {
      const { dataStatus } = await import("./data-status.ts");
      await exit(dataStatus(options, process));
    });
  addDeadLetterCommands(data, config, exit);
}

function addDeadLetterCommands(
  data: Command,
  config: () => Option,
  exit: (code: Promise<number>) => Promise<void>,
): void {
  const letters = data.command("dead-letters").description("changes that the database refused");
  letters
    .command("list")
    .description("show them, the oldest first")
    .addOption(config())
    .option("--limit <count>", "how many at most", "100")
    .option("--json", "as JSON")
    .action(async ({ limit, ...options }: { config?: string; limit: string; json?: boolean }) => {
      const { listDeadLetters } = await import("./dead-letter-commands.ts");
      await exit(listDeadLetters({ ...options, limit: countOf(limit) }, process));
    });
  for (const action of ["retry", "drop"] as const) {
    const what =
      action === "retry"
        ? "put them back into the journal"
        : "give them up: the rows become what the database has";
    letters
      .command(`${action} [ids...]`)
      .description(what)
      .addOption(config())
      .option("--all", "all that are there now")
      .action(async (ids: string[], options: { config?: string; all?: boolean }) => {
        const { settleDeadLetters } = await import("./dead-letter-commands.ts");
        await exit(settleDeadLetters(action, ids, options, process));
      });
  }
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_000_000) return count;
  throw fail("INVALID_ARGUMENT", `--limit ${text} is no count; give a whole number from 1 to 1000000`);
}
