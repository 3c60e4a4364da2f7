#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { addCodegenCommands } from "../codegen/cli/index.ts";
import { createProgram } from "./cli/program.ts";
import { errorText } from "./cli/report.ts";

/** The version in the package that this file is part of: beside the sources, or two folders above the built file. */
function packageVersion(): string {
  const path = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";
  const text = readFileSync(new URL(path, import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

async function main(): Promise<void> {
  const program = createProgram(packageVersion());
  // The commands alone: the generator and its libraries are loaded when one of them runs.
  addCodegenCommands(program);
  await program.parseAsync();
}

try {
  await main();
} catch (error) {
  process.stderr.write(errorText(error));
  // What a user's module has left behind, such as a timer, must not keep a failed process alive.
  process.exit(1);
}
