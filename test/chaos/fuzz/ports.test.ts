import { expect, test } from "vitest";
import { fuzz, grammars } from "../../fuzz/fuzz.ts";

/** A share of `npm run fuzz`; `TEST_SEED` draws other messages. */
const seed = Number(process.env["TEST_SEED"] ?? 1) || Date.now();
const cases = 20_000;

test(`hostile messages at all ports crash nothing, and a good client is answered meanwhile (seed ${seed})`, async () => {
  const { crashes, hangs, faults, byPort } = await fuzz({ cases, seed });
  expect(faults).toEqual([]);
  expect({ crashes, hangs }).toEqual({ crashes: 0, hangs: 0 });
  for (const port of Object.keys(grammars)) expect(byPort[port]!.cases, port).toBeGreaterThan(cases / 10);
});
