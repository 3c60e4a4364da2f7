import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { loadSchema } from "../../codegen/load/load.ts";
import { serviceStub } from "../../codegen/typescript/stub/handlers.ts";
import { newStub } from "../../codegen/typescript/stub/stub-text.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = "test/types/fixtures";

/** "server.ts:31 TS2345" for each error that a fixture announces at the end of a line. */
function announced(): string[] {
  const files = readdirSync(`${root}/${folder}`).filter((name) => name.endsWith(".ts"));
  return files.flatMap((file) =>
    readFileSync(`${root}/${folder}/${file}`, "utf8")
      .split("\n")
      .flatMap((line, at) => {
        const codes = /\/\/ expect ((?:TS\d+ ?)+)$/.exec(line)?.[1]?.trim().split(" ") ?? [];
        return codes.map((code) => `${file}:${at + 1} ${code}`);
      }),
  );
}

/** "server.ts:31 TS2345" for each error that the compiler finds. */
async function found(): Promise<string[]> {
  const run = promisify(execFile)(process.execPath, ["node_modules/typescript/bin/tsc", "-p", folder], {
    cwd: root,
    maxBuffer: 1 << 24,
  });
  const output = await run.then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? String(error),
  );
  const errors = output.matchAll(/^(\S+?)\((\d+),\d+\): error (TS\d+)/gm);
  return [...errors].map(([, file = "", line, code]) => `${file.replace(`${folder}/`, "")}:${line} ${code}`);
}

it("a slip against the generated code does not compile, and what is right does", async () => {
  const expected = announced();
  expect(expected.length).toBeGreaterThan(25);
  expect((await found()).sort()).toEqual(expected.sort());
});

it("the fixture of a stub, which compiles, is what stub writes", async () => {
  const { schema } = await loadSchema({ root: `${root}/schema` });
  const services = schema?.files.flatMap((file) => file.services) ?? [];
  const service = services.find(({ fullName }) => fullName === "meadow.Meadow");
  if (!service) throw new Error("the example has no service meadow.Meadow");
  const { text } = newStub(serviceStub(service), "../../../generated/server/meadow/meadow.service.ts");
  expect(readFileSync(`${root}/${folder}/stubbed.ts`, "utf8")).toBe(text);
});
