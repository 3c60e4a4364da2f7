import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { fixtures, generateFixture, readFixture } from "./regenerate.ts";

test.each(fixtures)("the generator writes what is committed in $output", async (fixture) => {
  const generated = await generateFixture(fixture);
  expect(generated.size).toBeGreaterThan(0);
  for (const [path, text] of generated) expect(await readFixture(path), path).toBe(text);
  const found = await readdir(fixture.output, { recursive: true });
  expect(found.filter((path) => path.endsWith(".ts"))).toHaveLength(generated.size);
});
