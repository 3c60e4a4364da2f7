/**
 * `npm run protocol:record` writes the form of Photinus' own protocol to `fixtures/published.json`. Refuses a change that hurts programs of the
 * published form, unless the version of frames and envelopes, or that of links, has risen with it.
 */
import { existsSync, writeFileSync } from "node:fs";
import { differences, ownProtocol, unversioned } from "./own-protocol.ts";
import { published, publishedFile, textOf } from "./published.ts";

const present = await ownProtocol();
const former = existsSync(publishedFile) ? published() : present;
const refused = unversioned(former, present);
if (refused.length > 0) {
  console.error("These changes hurt programs that speak the published form of the protocol:");
  for (const text of refused) console.error(`  ${text}`);
  console.error(
    "Restore the former numbers and fields, or raise sessionVersion or linkVersion and serve both.",
  );
  process.exitCode = 1;
} else {
  writeFileSync(publishedFile, textOf(present));
  const changed = differences(former, present);
  for (const { text } of changed) console.log(text);
  console.log(`recorded; ${changed.length} changes since the published form`);
}
