#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";

// A topology is many processes that load the same files, and a command line is started often: what Node.js has compiled
// once is kept for them. Everything of ours is therefore imported after this.
const { directory } = enableCompileCache();
if (directory !== undefined) process.env["NODE_COMPILE_CACHE"] ??= directory;

const { createProgram } = await import("./cli/program.ts");
const { errorText } = await import("./cli/report.ts");
// The commands alone: the generator and its libraries are loaded when one of them runs.
const { addCodegenCommands } = await import("../codegen/cli/index.ts");

/** The version in the package that this file is part of: beside the sources, or two folders above the built file. */
function packageVersion(): string {
  const path = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";
  const text = readFileSync(new URL(path, import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

try {
  const program = createProgram(packageVersion());
  addCodegenCommands(program);
  await program.parseAsync();
} catch (error) {
  process.stderr.write(errorText(error));
  // What a user's module has left behind, such as a timer, must not keep a failed process alive.
  process.exit(1);
}
