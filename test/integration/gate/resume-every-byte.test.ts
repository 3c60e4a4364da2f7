import { connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands, pushes } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();

type Direction = "up" | "down";

/** A relay of TCP bytes that cuts a connection after a number of bytes to the gate ("up") or to the client ("down"). */
async function cutter(port: number) {
  const plan = { direction: "up" as Direction, after: Infinity, seen: { up: 0, down: 0 } };
  const server = createServer((client) => {
    const gate = connect(port, "127.0.0.1");
    plan.seen = { up: 0, down: 0 };
    const cut = (): void => {
      client.resetAndDestroy();
      // The end of the stream, and not a reset: the gate reads the bytes before it.
      gate.end();
    };
    const relay = (from: Socket, to: Socket, direction: Direction): void => {
      from.on("data", (chunk) => {
        const left = plan.direction === direction ? plan.after - plan.seen[direction] : Infinity;
        plan.seen[direction] += Math.min(left, chunk.length);
        if (left > 0 && !to.destroyed) to.write(chunk.subarray(0, left));
        if (chunk.length >= left) setImmediate(cut);
      });
      from.on("close", () => to.destroy());
      from.on("error", () => {});
    };
    relay(client, gate, "up");
    relay(gate, client, "down");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  world.atEnd(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP address");
  return { plan, clientAddress: { host: "127.0.0.1", port: address.port } };
}

/** One client's conversation over three connections; the second one is cut. Returns the bytes that it had in each direction. */
async function conversation() {
  const gate = await world.gate({ limits: { guestRate: false, controlRate: false } });
  const runs = new Map<string, number>();
  const sessions: Session[] = [];
  await world.node("probe-1", {
    echo(body, ctx) {
      sessions.push(ctx.session);
      return body;
    },
    free(body, ctx) {
      const key = new TextDecoder().decode(body);
      runs.set(key, (runs.get(key) ?? 0) + 1);
      ctx.session.pushBytes(pushes.reliable.id, text(`of ${key}`));
      return body;
    },
    async ask(body) {
      const key = new TextDecoder().decode(body);
      runs.set(key, (runs.get(key) ?? 0) + 1);
      await late.passed;
      return body;
    },
  });
  let late = latch();
  const { plan, clientAddress } = await cutter(gate.clientAddress!.port);
  const route = { clientAddress: gate.clientAddress };
  let count = 0;

  return async (direction: Direction, after: number): Promise<Readonly<Record<Direction, number>>> => {
    const client = new ResumingClient(route);
    const id = ++count;
    client.sendsAll = id % 2 === 0;
    const ask = (what: string) => client.ask(commands.free.id, `${id} ${what}`);
    route.clientAddress = gate.clientAddress;
    await client.connect();
    await client.ask(commands.echo.id);
    // In flight over both cuts.
    late = latch();
    const slow = client.ask(commands.ask.id, `${id} slow`);
    const asked = [ask("a")];
    await asked[0];
    // What the gate sends now is lost, so the second connection repeats it.
    client.deaf = true;
    asked.push(ask("b"), ask("c"));
    await eventually(() => runs.get(`${id} c`) === 1);
    client.cut();
    client.deaf = false;

    Object.assign(plan, { direction, after });
    route.clientAddress = clientAddress;
    const second = client.connect().then(
      () => {
        asked.push(ask("d"));
        client.acknowledge();
        asked.push(ask("e"));
      },
      () => {},
    );
    if (after === Infinity) await second.then(() => Promise.all(asked));
    else await client.line.closed.then(() => second);
    const seen = { ...plan.seen };
    client.cut();

    route.clientAddress = gate.clientAddress;
    expect((await client.connect()).resumed).toBe(true);
    asked.push(ask("f"));
    late.open();
    expect(await slow).toBe(`${id} slow`);
    const wanted = asked.length === 4 ? ["a", "b", "c", "f"] : ["a", "b", "c", "d", "e", "f"];
    expect(await Promise.all(asked)).toEqual(wanted.map((what) => `${id} ${what}`));
    await eventually(() => client.pushes.length >= wanted.length);
    expect(client.pushes).toEqual(wanted.map((what) => `of ${id} ${what}`));
    expect(client.pushNumbers).toEqual(wanted.map((_, n) => n + 1));
    expect(wanted.map((what) => runs.get(`${id} ${what}`))).toEqual(wanted.map(() => 1));
    expect(runs.get(`${id} slow`)).toBe(1);
    expect(client.strayAnswers).toBe(0);
    expect(client.answerCount).toBe(wanted.length + 2);
    client.end();
    return seen;
  };
}

test.each<Direction>(["up", "down"])(
  "a connection cut after each byte that goes %s, in Hello, Welcome, repetition and answers, loses and repeats nothing",
  async (direction) => {
    const run = await conversation();
    const whole = (await run(direction, Infinity))[direction];
    expect(whole).toBeGreaterThan(100);
    for (let after = 0; after <= whole; after++) await run(direction, after);
  },
);
