import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Workshop } from "./game.ts";

/** Preloaded: looks for the generator's package from the top of the file system, where it is not installed. */
const hiding = `
import { registerHooks } from "node:module";
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, specifier === "@photinus/codegen" ? { ...context, parentURL: "file:///nowhere.mjs" } : context),
});
`;

let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
});

afterEach(() => workshop.close());

async function withoutGenerator(...args: string[]) {
  const hooks = workshop.write("hiding.mjs", hiding);
  const run = workshop.spawn(args, { NODE_OPTIONS: `--import=${hooks}` });
  return { code: await run.ended, out: run.out, errors: run.errors };
}

test.each([
  ["codegen", "--check"],
  ["stub", "table", "table.ts"],
  ["rename", "--help"],
])("%s without the generator's package prints the line that installs it", async (name, ...args) => {
  expect(await withoutGenerator(name, ...args)).toEqual({
    code: 1,
    out: "",
    errors: `error: photinus ${name} needs @photinus/codegen, which is not installed; run npm install --save-dev @photinus/codegen\n`,
  });
});

test("all other commands, and help, do without the generator's package", async () => {
  const help = await withoutGenerator("--help");
  expect(help).toMatchObject({ code: 0, errors: "" });
  expect(help.out).toMatch(/codegen.* {2}write code and documents/);
  expect((await withoutGenerator("status")).errors).toContain("photinus.config");
});

test("where a package manager shows the generator to the project alone, it is found there", async () => {
  workshop.write(
    join("node_modules/@photinus/codegen/package.json"),
    JSON.stringify({ type: "module", exports: "./index.js" }),
  );
  workshop.write(
    "node_modules/@photinus/codegen/index.js",
    `export const addCodegenCommands = (program) => program.command("codegen").action(() => console.log("found"));`,
  );
  const fromProject = hiding.replace(
    '"@photinus/codegen" ?',
    '"@photinus/codegen" && context.parentURL?.endsWith("/generator.ts") ?',
  );
  const hooks = workshop.write("hiding.mjs", fromProject);
  const run = workshop.spawn(["codegen"], { NODE_OPTIONS: `--import=${hooks}` });
  expect({ code: await run.ended, out: run.out, errors: run.errors }).toEqual({
    code: 0,
    out: "found\n",
    errors: "",
  });
});
