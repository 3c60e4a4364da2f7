import { afterEach, beforeEach, expect, test } from "vitest";
import { Workshop, writeQuiet } from "../process/game.ts";
import { marksIn, markText } from "./marks.ts";

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.close());

const game = (thrown: string) => `
const row = { name: ${JSON.stringify(markText)}, key: Buffer.from(${JSON.stringify(markText)}) };
export default () => {
  setTimeout(() => { ${thrown} }, 300);
  return [];
};
`;

test.each([["--in-process"], []])(
  "an exception that nobody catches, and a rejection, show no attached value: start %s",
  { timeout: 60_000 },
  async (...flags) => {
    for (const thrown of [
      'throw Object.assign(new Error("the row is refused"), { row })',
      'Promise.reject(Object.assign(new Error("the row is refused"), { row })); Promise.reject(row)',
    ]) {
      writeQuiet(workshop);
      workshop.write("scene.mjs", game(thrown));
      const run = workshop.spawn(["start", "--log-form", "json", ...flags]);
      await run.until("the row is refused");
      if (thrown.startsWith("Promise")) await run.until("its content is not logged");
      run.signal("SIGKILL");
      await run.ended;
      expect(marksIn(run.out + run.errors), run.out + run.errors).toEqual([]);
    }
  },
);
