import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@photinus/client/node";
import { echo, join } from "../bench/game/fixtures/client/bench/game.service.ts";
import { ask, Children } from "../bench/harness/children.ts";
import { generator } from "../setup/generator.ts";
import { converse } from "./conversation.ts";
import type { Addresses, Grammar } from "./grammar.ts";
import { cipher } from "./ports/cipher.ts";
import { client, controlMessages } from "./ports/client.ts";
import { link } from "./ports/link.ts";
import { provenLink } from "./ports/proven-link.ts";
import { webSocket } from "./ports/websocket.ts";
import type { Figures } from "./target.ts";

/** Grammar of each port. */
export const grammars: Readonly<Record<string, Grammar>> = {
  client,
  webSocket,
  control: controlMessages,
  link,
  provenLink,
  cipher,
};

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** Names of the ports. Default: all. */
  readonly ports?: readonly string[];
}

export interface PortResult {
  cases: number;
  connections: number;
}

/** The last line of `npm run fuzz`. */
export interface FuzzResult {
  readonly cases: number;
  /** Ends of the target, and errors in it that are not refusals. */
  readonly crashes: number;
  /** Requests of a good client that were not answered in time, and connections that stayed open after their end. */
  readonly hangs: number;
  /** Growth of the target's memory after the warm-up. */
  readonly rssGrowthBytes: number;
  readonly heapGrowthBytes: number;
  readonly byPort: Readonly<Record<string, PortResult>>;
  readonly seed: number;
  /** First faults, as texts. */
  readonly faults: readonly string[];
}

/** Connections at a time. */
const lanes = 24;
/** How long a good client may wait for its answer, in ms. */
const answerMs = 10_000;
/** Missing answers after which the target is taken for hung. */
const mostUnanswered = 2;
/** Time after the last case until nothing of the connections is left, in ms. */
const settleMs = 3_000;
/** User of the good client, whom no message of the fuzz names but by chance. */
const watchedUser = 2n ** 60n + 7n;
const question = new TextEncoder().encode("here");

/** Cases before memory is looked at: until then the engine compiles, and its heaps grow to their size. */
function warmUp(cases: number): number {
  return Math.max(cases / 10, Math.min(cases / 2, 150_000));
}

/** Talks to all ports of a gate in turn until so many cases were sent. */
export async function fuzz({ cases, seed, ports = Object.keys(grammars) }: FuzzOptions): Promise<FuzzResult> {
  using children = new Children();
  const { child, first: addresses } = await children.ready<Addresses>(new URL("target.ts", import.meta.url));
  const byPort: Record<string, PortResult> = Object.fromEntries(
    ports.map((port) => [port, { cases: 0, connections: 0 }]),
  );
  let sent = 0;
  let hangs = 0;
  let isOver = false;
  let exits = 0;
  let connection = 0;
  child.once("exit", () => {
    if (!isOver) exits++;
    isOver = true;
  });

  async function lane(until: number): Promise<void> {
    while (sent < until && !isOver) {
      const number = connection++;
      const port = ports[number % ports.length]!;
      const talked = await converse(grammars[port]!, addresses, generator(seed * 1_000_003 + number));
      sent += talked.cases;
      byPort[port]!.cases += talked.cases;
      byPort[port]!.connections++;
      if (talked.hung) {
        hangs++;
        console.log(`connection ${number} to ${port} stayed open after its end`);
      }
    }
  }
  const run = (until: number) => Promise.all(Array.from({ length: lanes }, () => lane(until)));
  const settled = async (): Promise<Figures | undefined> => {
    await sleep(settleMs);
    if (isOver) return undefined;
    const figures = await Promise.race([ask<Figures>(child, {}), sleep(answerMs)]);
    if (figures) return figures;
    hangs++;
    console.log(`the gate's process did not answer within ${answerMs} ms`);
    isOver = true;
    child.kill("SIGKILL");
    return undefined;
  };

  const giveUp = (): void => {
    isOver = true;
    child.kill("SIGKILL");
  };
  const watch = watched(addresses, () => isOver).then((count) => {
    hangs += count;
    // The connections of a target that hangs wait without end.
    if (count >= mostUnanswered) giveUp();
  });
  await run(warmUp(cases));
  const warm = await settled();
  await run(cases);
  const last = await settled();
  isOver = true;
  await watch;
  return {
    cases: sent,
    crashes: exits + (last?.faultCount ?? 0),
    hangs,
    rssGrowthBytes: (last?.rssBytes ?? 0) - (warm?.rssBytes ?? 0),
    heapGrowthBytes: (last?.heapBytes ?? 0) - (warm?.heapBytes ?? 0),
    byPort,
    seed,
    faults: last?.faults ?? [],
  };
}

/** Plays a good client until the fuzz is over. Returns how often it got no answer in time. */
async function watched({ client: port }: Addresses, isOver: () => boolean): Promise<number> {
  let unanswered = 0;
  while (!isOver() && unanswered < mostUnanswered) {
    const until = Date.now() + answerMs;
    let isAnswered = false;
    // A hostile peer of the link port may kick any session: so the good client comes again.
    while (!isAnswered && !isOver() && Date.now() < until) {
      try {
        await using good = await connect(`tcp://127.0.0.1:${port}`, {
          reconnect: false,
          connectTimeoutMs: answerMs,
        });
        await join(good, { user: watchedUser }, { timeoutMs: answerMs });
        await echo(good, question, { timeoutMs: answerMs });
        isAnswered = true;
      } catch {
        await sleep(50);
      }
    }
    if (!isAnswered && !isOver()) {
      unanswered++;
      console.log(`a good client got no answer within ${answerMs} ms`);
    }
    await sleep(200);
  }
  return unanswered;
}
