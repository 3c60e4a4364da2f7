import { Argument, type Command, Option } from "commander";
import { type Kind, kinds } from "../rename/kinds.ts";
import type { CheckFlags } from "./check/check-command.ts";
import type { JobFlags } from "./jobs.ts";
import { complainOf, type Output, standardOutput } from "./output.ts";
import type { LogFlags } from "./releases/log-command.ts";
import type { ReleaseFlags } from "./releases/release-command.ts";

interface CodegenFlags extends JobFlags {
  readonly check?: boolean;
  readonly watch?: boolean;
  readonly force?: boolean;
}

interface RenameFlags {
  readonly schema?: string;
  readonly kind?: Kind;
}

interface StubFlags {
  readonly schema?: string;
  readonly out?: string;
}

/**
 * Adds the commands `codegen`, `stub`, `check`, `release`, `log` and `rename` to a command line. The libraries of the generator are
 * loaded only when one of them runs. An error is printed without a stack trace, and the exit code is 1.
 *
 * @param output receives the lines of the commands. Default: standard output and standard error
 */
export function addCodegenCommands(program: Command, output: Output = standardOutput): void {
  program
    .command("codegen")
    .description("generate code and documents from the schema")
    .option("--schema <dir>", 'folder of the .proto files (default "schema")')
    .option("--out <dir>", 'folder of the generated files (default "generated")')
    .option("--targets <names...>", "targets to generate (default typescript-server typescript-client docs)")
    .option("--import-extension <ts|js>", 'extension of imports between generated files (default "ts")')
    .addOption(new Option("--check", "write nothing; fail when a file is not up to date").conflicts("watch"))
    .option("--watch", "generate again after every change of the schema")
    .addOption(
      new Option(
        "--force",
        "overwrite and remove files that codegen did not write or that were edited",
      ).conflicts("check"),
    )
    .action(async (flags: CodegenFlags) => {
      await settle(output, async () => {
        const { check, watch, force, ...jobFlags } = flags;
        const { codegen } = await import("./codegen.ts");
        return codegen(jobFlags, {
          folder: process.cwd(),
          check: check ?? false,
          watch: watch ?? false,
          force: force ?? false,
          output,
        });
      });
    });
  program
    .command("stub")
    .description("add missing handlers of a service to a file, without other changes")
    .addArgument(new Argument("<service>", "name of the service, with or without its package"))
    .addArgument(new Argument("<file>", "TypeScript file; created if missing"))
    .option("--schema <dir>", 'folder of the .proto files (default "schema")')
    .option("--out <dir>", 'folder of the generated files (default "generated")')
    .action(async (service: string, file: string, flags: StubFlags) => {
      await settle(output, async () => {
        const { stub } = await import("./stub.ts");
        return stub(service, file, flags, { folder: process.cwd(), output });
      });
    });
  program
    .command("check")
    .description(
      "find changes of the schema that break clients, nodes or rows; exit code 0: none, 1: some, 2: usage",
    )
    .option("--against <ref>", "the former schema: a commit, branch or tag, a schema folder, or a lock file")
    .option("--schema <dir>", "folder of the .proto files (default: all schemas of package.json)")
    .option("--json", "print one JSON object")
    .option("--annotations", "print annotations for code review (default: in GitHub Actions)")
    // Other commands end with 1 for a wrong flag; here 1 means a change that breaks.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .action(async (flags: CheckFlags) => {
      try {
        const { check } = await import("./check/check-command.ts");
        process.exitCode = await check(flags, { folder: process.cwd(), output });
      } catch (error) {
        complainOf(error, output);
        process.exitCode = 2;
      }
    });
  program
    .command("release")
    .description("record the schema as a release in its lock file, with number, date and the whole protocol")
    .option("--number <n>", "number of the release (default: the last one + 1)")
    .option("--schema <dir>", 'folder of the .proto files (default "schema")')
    .action(async (flags: ReleaseFlags) => {
      await settle(output, async () => {
        const { release } = await import("./releases/release-command.ts");
        return release(flags, { folder: process.cwd(), output });
      });
    });
  program
    .command("log")
    .description("print the releases in the lock file as a changelog by command, the newest first")
    .option("--schema <dir>", 'folder of the .proto files (default "schema")')
    .action(async (flags: LogFlags) => {
      await settle(output, async () => {
        const { log } = await import("./releases/log-command.ts");
        return log(flags, { folder: process.cwd(), output });
      });
    });
  program
    .command("rename")
    .description("rename a declaration in the schema and its lock file; ids and numbers stay")
    .addArgument(new Argument("<name>", "dice.Table.Throw, dice.Player.gold, a table, or table.column"))
    .addArgument(new Argument("<new>", "the new name alone, such as Roll"))
    .option("--schema <dir>", 'folder of the .proto files (default "schema")')
    .addOption(
      new Option("--kind <kind>", "kind of the declaration, for an ambiguous name").choices([...kinds]),
    )
    .action(async (name: string, to: string, flags: RenameFlags) => {
      await settle(output, async () => {
        const { rename } = await import("./rename-command.ts");
        return rename(name, to, flags, { folder: process.cwd(), output });
      });
    });
}

/** Runs a command. A false result or an error sets exit code 1. */
async function settle(output: Output, run: () => Promise<boolean>): Promise<void> {
  try {
    if (!(await run())) process.exitCode = 1;
  } catch (error) {
    complainOf(error, output);
    process.exitCode = 1;
  }
}
