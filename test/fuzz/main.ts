/**
 * `npm run fuzz -- --cases N --seed S [--ports NAME,NAME]`: sends right and wrong messages to each port of a gate in a process of
 * its own: the client port in both protocols, WebSockets, control messages, links in both forms. Most messages have the structure
 * that the port expects, so that they reach what is behind its checks.
 *
 * The last line is one JSON object. The exit code is 1 after a crash, a hang or a growth of memory; the seed repeats the messages,
 * though not their order among the connections.
 */
import { parseArgs } from "node:util";
import { fuzz, grammars } from "./fuzz.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    ports: { type: "string", default: Object.keys(grammars).join(",") },
  },
});
const cases = Number(values.cases);
const seed = Number(values.seed);
const ports = values.ports.split(",");
if (!(cases >= 1) || !Number.isSafeInteger(seed) || ports.some((port) => !(port in grammars))) {
  console.error(`usage: fuzz [--cases N] [--seed S] [--ports ${Object.keys(grammars)}]`);
  process.exit(1);
}
/** Growth of memory that is no leak: pages that the allocator keeps. */
const mostGrowthBytes = 64 * 2 ** 20;

const { faults, ...result } = await fuzz({ cases, seed, ports });
for (const fault of faults) console.log(fault);
process.exitCode = result.crashes + result.hangs > 0 || result.rssGrowthBytes > mostGrowthBytes ? 1 : 0;
console.log(JSON.stringify(result));
