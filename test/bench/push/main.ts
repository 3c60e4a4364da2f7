/**
 * `npm run bench -- push`: one message from a node to a group of 1,000 sessions at a gate, against a process that writes
 * the same bytes to 1,000 sockets. Sides alternate; each has processes of its own. With `--resume`, sessions that can be resumed
 * are measured against sessions that cannot, at one gate and node, since two processes with the same code differ by more.
 */
import type { ChildProcess } from "node:child_process";
import { parseArgs } from "node:util";
import { ask, Children } from "../harness/children.ts";
import { compareSides, type Side } from "../harness/compare-sides.ts";
import { printCases } from "../harness/result.ts";
import type { PushRequest, PushResult } from "./load.ts";

const { values } = parseArgs({
  options: {
    /** How long one side is measured in one pair. */
    seconds: { type: "string", default: "1" },
    pairs: { type: "string" },
    resume: { type: "boolean", default: false },
    sessions: { type: "string", default: "1000" },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const pairs = Number(values.pairs ?? (values.resume ? 11 : 7));
const sessions = Number(values.sessions);
if (!(measureMs > 0) || !(pairs > 0) || !(sessions > 0)) {
  console.error("usage: push [--seconds S] [--pairs N] [--sessions N] [--resume]");
  process.exit(1);
}

using children = new Children();

function open<T>(name: string, ...args: (string | number)[]): Promise<{ child: ChildProcess; first: T }> {
  return children.ready<T>(new URL(name, import.meta.url), ...args);
}

function sideOf(load: ChildProcess, servers: readonly ChildProcess[]): Side {
  const request: PushRequest = { sessions, warmUpMs: measureMs / 2, measureMs };
  return {
    // The processor time that counts is that of the servers.
    processes: servers,
    run: async () => {
      const { calls, perSecond } = await ask<PushResult>(load, request);
      return { calls, value: perSecond };
    },
  };
}

/** Gate and node, and how to put them under load. */
async function openGame(): Promise<(side: "game" | "resume") => Promise<Side>> {
  const gate = await open<{ port: number; links: number }>("../game/gate.ts");
  const node = await open("../game/node.ts", gate.first.links);
  return async (side) => {
    const load = await open("load.ts", side, gate.first.port);
    return sideOf(load.child, [gate.child, node.child]);
  };
}

async function openRaw(): Promise<Side> {
  const writer = await open<{ port: number }>("raw-writer.ts");
  const load = await open("load.ts", "raw", writer.first.port);
  return sideOf(load.child, [writer.child]);
}

const game = await openGame();
const compared = await compareSides(
  {
    load: `${sessions} sessions`,
    unit: "pushes/s",
    baseline: values.resume
      ? "sessions that cannot be resumed"
      : `the same bytes written to ${sessions} sockets`,
  },
  [await game(values.resume ? "resume" : "game"), values.resume ? await game("game") : await openRaw()],
  pairs,
);
printCases("push", [compared], { pairs });
