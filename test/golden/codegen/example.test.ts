import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { codegen } from "../../../codegen/cli/codegen.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("the committed output", () => {
  it("is what the schemas give", async () => {
    const lines: string[] = [];
    const output = {
      print: (line: string) => void lines.push(line),
      complain: (line: string) => void lines.push(line),
    };
    const sound = await codegen({}, { folder: root, check: true, watch: false, output });
    expect(lines).toEqual([
      expect.stringMatching(/^generated: \d\d files, all up to date$/),
      expect.stringMatching(/^runtime\/wire\/generated: \d files, all up to date$/),
      expect.stringMatching(/^test\/bench\/game\/fixtures: \d files, all up to date$/),
      expect.stringMatching(/^test\/conformance\/cache\/fixtures: \d files, all up to date$/),
    ]);
    expect(sound).toBe(true);
  });
});
