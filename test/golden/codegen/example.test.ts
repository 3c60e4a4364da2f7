import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { codegen } from "../../../codegen/cli/codegen.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What `photinus codegen` does here without flags. */
interface Declared {
  readonly photinus: { readonly codegen: readonly { readonly out: string }[] };
}

describe("the committed output", () => {
  it("is what the schemas give", async () => {
    const lines: string[] = [];
    const output = {
      print: (line: string) => void lines.push(line),
      complain: (line: string) => void lines.push(line),
    };
    const sound = await codegen({}, { folder: root, check: true, watch: false, output });
    const { photinus } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as Declared;
    const places = photinus.codegen.map(({ out }) => out);
    expect(places).toEqual(
      expect.arrayContaining(["generated", "examples/duel/generated", "runtime/wire/generated"]),
    );
    expect(lines.map((line) => line.replace(/: [1-9]\d* files,/, ":"))).toEqual(
      places.map((place) => `${place}: all up to date`),
    );
    expect(sound).toBe(true);
  });
});
