import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installOwnSchema, pluginIn, textsIn } from "../plugin/compilers.ts";
import { root, type Workshop } from "../process/game.ts";
import { fileOf, snippetsOf, textOf } from "./snippets.ts";
import { readersFolder } from "./sources.ts";

let workshop: Workshop;

beforeEach(() => {
  workshop = readersFolder();
});

afterEach(() => workshop.close());

/** Runs a line in a shell of the reader's folder, with the installed programs in its path, as npx has them. */
function runLine(line: string): void {
  const bins = [join(workshop.folder, "node_modules/.bin"), join(root, "node_modules/.bin")];
  const { status, stderr } = spawnSync("sh", ["-c", line], {
    cwd: workshop.folder,
    env: { ...process.env, PATH: [...bins, process.env["PATH"]].join(delimiter) },
    encoding: "utf8",
  });
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: "" });
}

test("protoc and buf write the files of photinus codegen by the lines and settings that codegen/README.md prints", async () => {
  const [, protoc, ...settings] = snippetsOf(textOf("codegen/README.md"));
  const [schema] = snippetsOf(textOf("README.md")).flatMap((snippet) => fileOf(snippet) ?? []);
  workshop.write(schema!.name, schema!.text);
  mkdirSync(join(workshop.folder, "node_modules/.bin"));
  pluginIn(join(workshop.folder, "node_modules/.bin"));
  installOwnSchema(workshop.folder);
  for (const { text } of settings) {
    const [, name = ""] = /^# (buf[\w.]*\.yaml)\n/.exec(text) ?? [];
    workshop.write(name, text);
  }
  const out = join(workshop.folder, "generated");
  expect(await workshop.run("codegen")).toMatchObject({ code: 0, errors: "" });
  const texts = textsIn(out);
  expect(Object.keys(texts).length).toBeGreaterThan(5);
  for (const line of [protoc!.text, "buf generate"]) {
    rmSync(out, { recursive: true });
    mkdirSync(out);
    runLine(line);
    expect(textsIn(out)).toEqual(texts);
  }
}, 120_000);
