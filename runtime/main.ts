#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { createProgram, runtimeCommands } from "./cli/program.ts";
import { errorText } from "./cli/report.ts";

/** The version in the package that this file is part of: beside the sources, or two folders above the built file. */
function packageVersion(): string {
  const path = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";
  const text = readFileSync(new URL(path, import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

async function main(): Promise<void> {
  const program = createProgram(packageVersion());
  const wanted = process.argv[2];
  // The generator and its libraries are loaded only by who may want them: a server starts without.
  if (wanted === undefined || !runtimeCommands.includes(wanted)) {
    const { addCodegenCommands } = await import("../codegen/cli/index.ts");
    addCodegenCommands(program);
  }
  await program.parseAsync();
}

try {
  await main();
} catch (error) {
  process.stderr.write(errorText(error));
  process.exitCode = 1;
}
