import { expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { type Fetched, Fetches } from "../../../runtime/gate/moves/fetches.ts";
import type { GatePeers } from "../../../runtime/gate/peers/gate-peers.ts";
import { ResumeTokens } from "../../../runtime/gate/session/resume-tokens.ts";
import type { AnswerSink } from "../../../runtime/rpc/link-handler.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { gateCore } from "./gate-core.ts";

const mostFetches = 1_024;
const token = new ResumeTokens().partsOf(new Uint8Array(28))!;

/** Fetches of a gate with one peer, whose questions the test answers. */
function open() {
  const asked: AnswerSink[] = [];
  const ask = (...[, , , , , sink]: [unknown, unknown, unknown, unknown, unknown, AnswerSink]) =>
    asked.push(sink);
  const link = { alive: true, peer: "gate-2", ask };
  const peers = { all: () => [{ usable: link, isAwaited: () => false }] } as unknown as GatePeers;
  const fetches = new Fetches(gateCore(systemClock), peers);
  const results: Fetched[] = [];
  const find = () => fetches.find(token, (found) => results.push(found));
  return { asked, link, results, find };
}

test("guessed tokens are looked for up to a bound; clients beyond it come again, and each answer makes room", () => {
  const { asked, results, find } = open();
  for (let n = 0; n < mostFetches + 500; n++) expect(find()).toBe(true);
  expect(asked).toHaveLength(mostFetches);
  expect(results).toEqual(new Array(500).fill("later"));
  results.length = 0;
  // An empty body says that the session is not there; the others are malformed.
  for (const [n, sink] of asked.entries()) sink.answer(new Uint8Array([0x0a, 0xff]), 0, n % 2 === 0 ? 0 : 2);
  expect(results).toEqual(new Array(mostFetches).fill("nowhere"));
  for (let n = 0; n < mostFetches; n++) find();
  expect(asked).toHaveLength(2 * mostFetches);
});

test.each([
  ["DEADLINE_EXCEEDED", true, "later"],
  ["RESOURCE_EXHAUSTED", true, "later"],
  ["UNAVAILABLE", false, "later"],
  ["UNAVAILABLE", true, "nowhere"],
  ["UNIMPLEMENTED", true, "nowhere"],
] as const)("a gate that fails with %s, its link alive: %s, has the session %s", (code, alive, found) => {
  const { asked, link, results, find } = open();
  find();
  link.alive = alive;
  asked[0]!.failure(errorCodes[code], "", 0, 0);
  expect(results).toEqual([found]);
});
