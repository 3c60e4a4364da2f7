/**
 * `npm run bench -- codec`: small, medium and large messages to bytes and back, by generated code and by other libraries, or,
 * with `--before REF`, by generated code of an earlier version of the project. Sides take turns.
 */
import { parseArgs } from "node:util";
import { compareWithBefore } from "./before.ts";
import { compareWithLibraries } from "./compare-libraries.ts";

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "15" },
    /** How long one side is measured in one pair. */
    ms: { type: "string", default: "40" },
    /** Measures against this commit of the project instead. */
    before: { type: "string" },
  },
});
const pairs = Number(values.pairs);
const ms = Number(values.ms);
if (!(pairs > 0) || !(ms > 0)) {
  console.error("usage: codec [--pairs N] [--ms MS] [--before REF]");
  process.exit(1);
}
if (values.before === undefined) await compareWithLibraries(pairs, ms);
else await compareWithBefore(values.before, pairs, ms);
