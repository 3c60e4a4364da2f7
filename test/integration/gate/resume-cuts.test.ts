import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Hello } from "../../../runtime/wire/generated/photinus/control.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands, pushes } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const cuts = 40;
const perCut = 50;
const total = cuts * perCut;

/** Whole numbers below a limit that a seed decides (a linear congruential generator). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

test.each([1, 2, 3])(
  "each request runs once and is answered once, and pushes have no gap, over 40 cuts, seed %i",
  async (seed) => {
    const below = numbers(seed);
    const limits = { guestRate: false, controlRate: false, inFlightCount: 10_000 } as const;
    const gate = await world.gate({ limits });
    const runs = new Map<string, number>();
    let session: Session | undefined;
    await world.node("probe-1", {
      echo: (body, ctx) => {
        session = ctx.session;
        return body;
      },
      free: async (body) => {
        const key = new TextDecoder().decode(body);
        runs.set(key, (runs.get(key) ?? 0) + 1);
        for (let n = Number(key) % 5; n > 0; n--) await tick();
        return body;
      },
    });
    const client = new ResumingClient(gate);
    world.atEnd(() => client.end());
    await client.connect();
    await client.ask(commands.echo.id);

    /** Loses a connection in one of several ways. */
    const faults: (() => Promise<void>)[] = [
      async () => client.cut(),
      async () => {
        // Half-open: nothing arrives any more, and the gate does not notice.
        client.line.transport.pause();
      },
      async () => {
        client.cut();
        await tick();
        await tick();
      },
      async () => {
        // The Hello arrives, the welcome and what follows do not.
        client.cut();
        const resumed = gate.counters.get("session.resumed");
        client.deaf = true;
        const line = await client.dial();
        line.control(control.hello, Hello, Hello.create(client.hello()));
        await eventually(() => gate.counters.get("session.resumed") > resumed);
        client.cut();
        client.deaf = false;
      },
      async () => {
        // The welcome arrives, and a part of what is repeated after it.
        client.cut();
        await client.connect();
        if (below(2) === 0) await tick();
        client.cut();
      },
      async () => {
        // The Hello may not arrive.
        client.cut();
        const line = await client.dial();
        line.control(control.hello, Hello, Hello.create(client.hello()));
        line.transport.flushNow();
        client.cut();
      },
    ];

    const asked: Promise<string>[] = [];
    for (let n = 0; n < total; n++) {
      asked.push(client.ask(commands.free.id, `${n}`));
      session!.pushBytes(pushes.reliable.id, text(`${n}`));
      if (below(8) === 0) await tick();
      if (below(25) === 0) client.acknowledge();
      if (n % perCut !== perCut - 1) continue;
      await faults[below(faults.length)]!();
      client.sendsAll = below(2) === 0;
      expect((await client.connect()).resumed).toBe(true);
    }
    expect(await Promise.all(asked)).toEqual(Array.from({ length: total }, (_, n) => `${n}`));
    await eventually(() => client.pushes.length >= total);
    expect(client.pushes).toEqual(Array.from({ length: total }, (_, n) => `${n}`));
    expect(client.pushNumbers).toEqual(Array.from({ length: total }, (_, n) => n + 1));
    expect(runs.size).toBe(total);
    expect([...runs.values()].every((count) => count === 1)).toBe(true);
    expect(client.strayAnswers).toBe(0);
    expect(client.answerCount).toBe(total + 1);
    await eventually(() => gate.status().connections === 1);
    expect(gate.status()).toMatchObject({ sessions: 1, suspended: 0, inFlight: 0 });
  },
);
