import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../../codegen/load/catalogue.ts";
import { formatDiagnostic } from "../../../codegen/load/diagnostic.ts";
import { loadSchema } from "../../../codegen/load/load.ts";
import { checksOf } from "../../../codegen/target.ts";
import { builtInTargets } from "../../../codegen/targets.ts";

const checks = checksOf(builtInTargets);

const folder = fileURLToPath(new URL("./fixtures", import.meta.url));
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".proto"))
  .map((name) => name.slice(0, -".proto".length));

/** Said of a folder or of a lock file, or of a bug: not of a single `.proto` file. */
const shownElsewhere = new Set(["PH009", "PH090", "PH091", "PH092", "PH093", "PH094", "PH095"]);

/** What the command line prints for one fixture; a good schema prints nothing. */
async function print(name: string): Promise<{ text: string; loaded: boolean }> {
  const { schema, diagnostics } = await loadSchema({ root: folder, files: [`${name}.proto`], checks });
  const lines = diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`);
  return { text: lines.join(""), loaded: schema !== undefined };
}

describe("the corpus of bad schemas", () => {
  it("has fixtures", () => {
    expect(names.length).toBeGreaterThan(15);
  });

  it.each(names)("%s gets the diagnostics beside it", async (name) => {
    const { text } = await print(name);
    await expect(text).toMatchFileSnapshot(path.join(folder, `${name}.expected`));
  });

  it("has no expectation without a fixture", () => {
    const expected = readdirSync(folder).filter((name) => name.endsWith(".expected"));
    expect(expected.sort()).toEqual(names.map((name) => `${name}.expected`).sort());
  });

  it("shows every code of the catalogue", async () => {
    const texts = await Promise.all(names.map(print));
    const shown = new Set(texts.flatMap(({ text }) => text.match(/PH\d{3}(?=:)/g) ?? []));
    const wanted = Object.keys(catalogue).filter((code) => !shownElsewhere.has(code));
    expect(wanted.filter((code) => !shown.has(code))).toEqual([]);
  });

  it("gives a model exactly where no error was found", async () => {
    for (const name of names) {
      const { text, loaded } = await print(name);
      expect(loaded, name).toBe(!/ error PH/.test(text));
    }
  });
});
