import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { fail } from "../../schema/errors.ts";

/** Package of the generator: a dev dependency of a game, so that production installs do without it. */
const packageName = "@photinus/codegen";

/** Commands of the generator's package, with their descriptions. */
const commands: Readonly<Record<string, string>> = {
  codegen: "write code and documents from the schema",
  stub: "add missing handlers of a service to a file",
  check: "find changes of the schema that break clients, nodes or rows",
  release: "record the schema as a release in its lock file",
  log: "print the releases of the schema as a changelog",
  rename: "rename a declaration in the schema and its lock file",
};

/** Whether a command line needs the generator's package: for one of its commands, or for the help. */
export function asksForGenerator(words: readonly string[]): boolean {
  const [first] = words;
  return first === undefined || ["help", "--help", "-h"].includes(first) || Object.hasOwn(commands, first);
}

/** Exports of the package that the command line uses. */
export interface Generator {
  /** Adds the commands of the generator to the command line. */
  addCodegenCommands(program: Command): void;
}

/** Imports the generator's package; resolves with undefined when it is not installed. The project chooses its version. */
export async function findGenerator(): Promise<Generator | undefined> {
  try {
    return await load(packageName);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  // With package managers that isolate packages, only the project can resolve its dev dependencies.
  const { resolve } = createRequire(join(process.cwd(), "package.json"));
  let path: string;
  try {
    path = resolve(packageName);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return load(pathToFileURL(path).href);
}

/** Imports a module. The specifier is not a literal, so that the command line compiles before the generator is built. */
function load(specifier: string): Promise<Generator> {
  return import(specifier) as Promise<Generator>;
}

/** Adds placeholders for the generator's commands: each throws FAILED_PRECONDITION with the line that installs the package. */
export function addMissingGenerator(program: Command): void {
  for (const [name, summary] of Object.entries(commands)) {
    program
      .command(name)
      .description(`${summary} (needs ${packageName})`)
      .argument("[words...]")
      .helpOption(false)
      .allowUnknownOption()
      .action(() => {
        throw fail(
          "FAILED_PRECONDITION",
          `photinus ${name} needs ${packageName}, which is not installed; run npm install --save-dev ${packageName}`,
        );
      });
  }
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  // The error names the missing module: the package itself, or an import of the package.
  const isNotFound = error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND";
  return isNotFound && error.message.includes(`'${packageName}'`);
}
