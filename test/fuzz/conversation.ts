import { connect, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { below, oneOf, type Random } from "./bytes.ts";
import type { Addresses, Grammar } from "./grammar.ts";

/** Result of one connection. */
export interface Talked {
  /** Cases that were written before the other side closed. */
  readonly cases: number;
  /** Whether the other side kept a connection whose input had ended open for too long. */
  readonly hung: boolean;
}

/** Longest life of a connection of which one side has ended, in ms: above all times of the target's limits. */
const longestEndMs = 15_000;
const mostCases = 24;

/** Opens one connection, says up to {@link mostCases} messages of its grammar in chunks of any size, and ends it in one of the ways there are. */
export async function converse(grammar: Grammar, addresses: Addresses, random: Random): Promise<Talked> {
  const talk = grammar.talk(random, addresses);
  // Many loopback addresses, since a pair of ports stays in TIME_WAIT for a minute; and not more, since the gate remembers those of
  // some time, up to a bound, which would look like a leak.
  const localAddress = `127.0.${below(random, 8)}.${1 + below(random, 250)}`;
  const socket = connect({ host: "127.0.0.1", port: grammar.port(addresses), localAddress, noDelay: true });
  let isClosed = false;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.once("close", () => {
    isClosed = true;
  });
  socket.on("error", () => {});
  socket.on("data", (chunk) => talk.heard?.(chunk));
  const answered = new Promise<void>((resolve) => {
    socket.once("data", () => resolve());
    socket.once("close", () => resolve());
  });
  socket.resume();
  let cases = 0;
  if (talk.opening.length > 0) send(socket, talk.opening, random);
  if (talk.waitsForAnswer) await answered;
  const count = 1 + below(random, mostCases);
  while (cases < count && !isClosed && socket.writable) {
    const batch = Math.min(count - cases, 1 + below(random, 4));
    for (let n = 0; n < batch; n++) send(socket, talk.next(), random);
    cases += batch;
    await turn();
    if (random() < 0.3) await turn();
  }
  return { cases, hung: !(await end(socket, closed, random)) };
}

function send(socket: Socket, bytes: Uint8Array, random: Random): void {
  if (!socket.writable) return;
  const pieces = random() < 0.9 ? 1 : 2 + below(random, 3);
  const size = Math.ceil(bytes.length / pieces);
  for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
}

/** Resolves with false when the other side does not close after this side's end. */
async function end(socket: Socket, closed: Promise<void>, random: Random): Promise<boolean> {
  const how = oneOf(random, ["reset", "reset", "reset", "destroy", "end"] as const);
  if (how === "reset") socket.resetAndDestroy();
  else if (how === "destroy") socket.destroy();
  else {
    socket.end();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), longestEndMs);
    });
    const isOver = await Promise.race([closed.then(() => true), late]);
    clearTimeout(timer);
    socket.resetAndDestroy();
    return isOver;
  }
  await closed;
  return true;
}
