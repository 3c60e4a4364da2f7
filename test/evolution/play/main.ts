/**
 * `npm run evolution`: plays every pair of the corpus with programs of both schemas in this process. A safe pair must hurt nobody, a
 * pair that breaks must hurt somebody, and any other pair must hurt whom its classes name. The last line is a JSON object:
 * `pairs`, `right` (the gate finds exactly the expected changes), `proven` (by playing) and `exempt` (pairs that cannot be played,
 * which are not counted as proven). Ends with 1 when a pair is not right, or neither proven nor exempt.
 *
 * `-- TEXT` plays only the pairs whose names contain the text, and prints all that they show.
 */
import { corpus } from "../corpus/corpus.ts";
import { changesOf, textOf } from "../corpus/found.ts";
import { exemption, exemptNames } from "./exempt.ts";
import { failureText } from "./finding.ts";
import { unproven } from "./judge.ts";
import { play } from "./play.ts";
import { Workshop } from "./sides.ts";

const [part] = process.argv.slice(2);
const pairs = corpus.filter(({ name }) => part === undefined || name.includes(part));
const figures = { pairs: pairs.length, right: 0, proven: 0, exempt: 0 };

await using workshop = await Workshop.open();
for (const pair of pairs) {
  const found = (await changesOf(pair)).map(textOf).sort();
  if (JSON.stringify(found) === JSON.stringify(pair.expected)) figures.right++;
  else console.log(`not right: ${pair.name}: the gate finds ${found.join("; ")}`);
  const findings = await play(pair, workshop).catch((error: unknown) => failureText(error));
  const why = typeof findings === "string" ? `playing fails: ${findings}` : unproven(pair, findings);
  const exempt = exemption(pair);
  if (part !== undefined && typeof findings !== "string") {
    console.log(`${pair.name}: ${pair.expected.join("; ")}`);
    for (const { party, what } of findings.all) console.log(`  ${party}: ${what}`);
    for (const what of findings.opened) console.log(`  opened: ${what}`);
  }
  if (exempt !== undefined) {
    figures.exempt++;
    console.log(`exempt: ${pair.name}: ${exempt}`);
    if (why === undefined && exemptNames.includes(pair.name)) {
      console.log(`not exempt any more: ${pair.name} is proven`);
      process.exitCode = 1;
    }
  } else if (why === undefined) figures.proven++;
  else console.log(`not proven: ${pair.name}: ${pair.expected.join("; ")}: ${why}`);
}
if (figures.right < pairs.length || figures.proven + figures.exempt < pairs.length) process.exitCode = 1;
console.log(JSON.stringify(figures));
