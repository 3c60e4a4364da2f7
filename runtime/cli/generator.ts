import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { fail } from "../../schema/errors.ts";

/** The package that has the generator: a dev dependency of a game, so that a gate is installed without it. */
const packageName = "@photinus/codegen";

/** The commands that the generator's package brings, each with its description. */
const commands: Readonly<Record<string, string>> = {
  codegen: "write code and documents from the schema",
  stub: "add missing handlers of a service to a file",
  rename: "give something another name in the schema and its lock file",
};

/** Whether a command line needs the generator's package: it names one of its commands, or asks for help. */
export function asksForGenerator(words: readonly string[]): boolean {
  const [first] = words;
  return first === undefined || ["help", "--help", "-h"].includes(first) || Object.hasOwn(commands, first);
}

/** What the command line takes from the package. */
export interface Generator {
  addCodegenCommands(program: Command): void;
}

/** Imports the generator's package; undefined where it is not installed. Its version is the project's choice. */
export async function findGenerator(): Promise<Generator | undefined> {
  try {
    return await load(packageName);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  // Package managers that keep packages apart let the project alone see its dev dependencies.
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

/** The name is no literal, so that the compiler needs no built generator to build the command line. */
function load(specifier: string): Promise<Generator> {
  return import(specifier) as Promise<Generator>;
}

/** Adds the generator's commands to a command line that lacks the package: each answers with the line that installs it. */
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
  // The error names what is missing: the package itself, or something that it imports.
  const isNotFound = error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND";
  return isNotFound && error.message.includes(`'${packageName}'`);
}
