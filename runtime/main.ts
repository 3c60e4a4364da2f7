#!/usr/bin/env node
import { readFileSync } from "node:fs";
// By its default export: an older Node.js could not link the name that is wanted of it, and would say only that.
import nodeModule from "node:module";

/** The package that this file is part of: beside the sources, or two folders above the built file. */
const manifestPath = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";
const manifest = JSON.parse(readFileSync(new URL(manifestPath, import.meta.url), "utf8")) as {
  version: string;
  engines: { node: string };
};
const neededMajor = Number(/\d+/.exec(manifest.engines.node)?.[0]);
if (Number.parseInt(process.versions.node, 10) < neededMajor) {
  process.stderr.write(
    `error: Photinus needs Node.js ${neededMajor} or newer, and this is ${process.versions.node}; install it from https://nodejs.org\n`,
  );
  process.exit(1);
}

// A topology is many processes that load the same files, and a command line is started often: what Node.js has compiled
// once is kept for them, in a folder that nobody else can write to. All other imports of ours therefore come after this.
const { compileCacheFolder } = await import("./cli/compile-cache.ts");
const cache = compileCacheFolder();
if (cache !== undefined) {
  nodeModule.enableCompileCache(cache);
  process.env["NODE_COMPILE_CACHE"] = cache;
}

const { createProgram } = await import("./cli/program.ts");
const { errorText } = await import("./cli/error-text.ts");
const { addMissingGenerator, asksForGenerator, findGenerator } = await import("./cli/generator.ts");

try {
  const program = createProgram(manifest.version);
  const generator = asksForGenerator(process.argv.slice(2)) ? await findGenerator() : undefined;
  if (generator) generator.addCodegenCommands(program);
  else addMissingGenerator(program);
  await program.parseAsync();
} catch (error) {
  process.stderr.write(errorText(error));
  // What a user's module has left behind, such as a timer, must not keep a failed process alive.
  process.exit(1);
}
