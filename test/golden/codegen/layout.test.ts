import { fileURLToPath } from "node:url";
import { IndentationText, NewLineKind, Project, QuoteKind } from "ts-morph";
import { describe, expect, it } from "vitest";
import { generate } from "../../../codegen/generate.ts";
import { loadSchema } from "../../../codegen/load/load.ts";
import { lockSchema } from "../../../codegen/lock/file.ts";
import { defaultsOf, type GeneratedFile } from "../../../codegen/target.ts";
import { builtInTargets } from "../../../codegen/targets.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const schemas = [
  "schema",
  "test/golden/codegen/fixtures/hostile/schema",
  "test/golden/codegen/fixtures/layout/schema",
  "test/conformance/tables/schema",
  "test/bench/game/schema",
];

async function filesOf(schema: string, internal: boolean): Promise<GeneratedFile[]> {
  const folder = root + schema;
  const { schema: model, diagnostics } = await loadSchema({ root: folder, internal });
  if (!model) throw new Error(JSON.stringify(diagnostics));
  const lock = internal ? undefined : (await lockSchema(model, folder)).lock;
  const targets = internal ? builtInTargets.filter((one) => one.isOfOwnMessages) : defaultsOf(builtInTargets);
  return generate(model, targets, { lock }).filter(({ path }) => path.endsWith(".ts"));
}

function newProject(): Project {
  return new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
    compilerOptions: { noLib: true, noResolve: true },
    manipulationSettings: {
      indentationText: IndentationText.TwoSpaces,
      newLineKind: NewLineKind.LineFeed,
      quoteKind: QuoteKind.Double,
    },
  });
}

/** The emitters lay their text out themselves, and no run of the generator parses it: that is done here. */
describe("the text of generated files", () => {
  it.each([...schemas.map((schema) => [schema, false] as const), ["schema", true] as const])(
    "of %s (internal: %s) is TypeScript, laid out as TypeScript's own formatter has it",
    async (schema, internal) => {
      const files = await filesOf(schema, internal);
      expect(files.length).toBeGreaterThan(1);
      const project = newProject();
      for (const { path, text } of files) {
        const parsed = project.createSourceFile(path, text);
        const faults = project.getProgram().getSyntacticDiagnostics(parsed);
        expect(faults.map((fault) => `${path}:${fault.getLineNumber()}: ${fault.getMessageText()}`)).toEqual(
          [],
        );
        parsed.formatText();
        expect(text).toBe(parsed.getFullText());
        project.removeSourceFile(parsed);
      }
    },
    60_000,
  );
});
