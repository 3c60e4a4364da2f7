#!/usr/bin/env node
import { readFileSync } from "node:fs";
// The default export: an older Node.js cannot link the named one, and would fail before the version check below.
import nodeModule from "node:module";

/** Manifest of the package: beside the sources, or two folders above the built file. */
const manifestPath = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";
const manifest = JSON.parse(readFileSync(new URL(manifestPath, import.meta.url), "utf8")) as {
  version: string;
  engines: { node: string };
};
const neededMajor = Number(/\d+/.exec(manifest.engines.node)?.[0]);
if (Number.parseInt(process.versions.node, 10) < neededMajor) {
  process.stderr.write(
    `error: Photinus needs Node.js ${neededMajor} or newer; found ${process.versions.node}; install Node.js from https://nodejs.org\n`,
  );
  process.exit(1);
}

// A reader of the output that has seen enough, as a pager or `head`, closes it. The command goes on without it.
for (const output of [process.stdout, process.stderr]) {
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

// The processes of a topology load the same files, and the command line starts often. A compile cache speeds up their
// start; its folder is private to the user. All other imports follow, so that they use the cache.
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
  // A timer or socket left by a user's module must not keep a failed process alive.
  process.exit(1);
}
