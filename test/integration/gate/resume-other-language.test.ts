import { expect, test } from "vitest";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { ResumeRefusal } from "../../../runtime/wire/generated/photinus/control.ts";
import { getUint32, putUint32 } from "../../../runtime/wire/uint32.ts";
import { runPython } from "./python.ts";
import { pushes } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

interface Counts {
  readonly answered: number;
  readonly notifies: number;
  readonly notifies_lost: number;
  readonly cuts: number;
  readonly resumed: number;
  readonly sent_again: number;
  readonly pings: number;
  readonly acks: number;
  readonly taken_over: number;
  readonly moved: number;
}

const heartbeatMs = 500;
const requestCount = 1_000;
const cutCount = 100;

/** Opens a node that counts the runs of each request, and pushes in each. */
async function countingNode(onRequest: (number: number) => void = () => {}) {
  const runs = new Map<number, number>();
  let pushed = 0;
  let noted = 0;
  await world.node("probe-1", {
    async free(body, ctx) {
      const number = getUint32(body, 0);
      runs.set(number, (runs.get(number) ?? 0) + 1);
      onRequest(number);
      // The last request takes so long that the client has to send a Ping.
      const ms = number === requestCount ? heartbeatMs * 2.5 : number % 7;
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      const message = new Uint8Array(8);
      putUint32(message, 0, ++pushed);
      putUint32(message, 4, number);
      ctx.session.pushBytes(pushes.reliable.id, message);
      ctx.session.pushBytes(pushes.latest.id, message);
      return body;
    },
    note() {
      noted++;
    },
  });
  /** Runs the client, and checks that nothing was lost, run twice or out of order. */
  const play = async (gate: Gate, seed: number, cuts: number): Promise<Counts> => {
    const { host, port } = gate.clientAddress!;
    const args = [host, port, seed, requestCount, cuts].map(String);
    const got = (await runPython("resume_client.py", args, ["struct"])) as Counts;
    expect(got).toMatchObject({
      answered: requestCount,
      pushes: requestCount,
      errors: 0,
      twice: 0,
      gaps: 0,
      reordered: 0,
      stale: 0,
      cuts,
      refusal: ResumeRefusal.ENDED,
    });
    expect(runs.size).toBe(requestCount);
    expect([...runs.values()].every((count) => count === 1)).toBe(true);
    expect(noted).toBe(got.notifies - got.notifies_lost);
    return got;
  };
  return { play };
}

test.each([1, 2, 3])(
  "a client written from PROTOCOL.md alone resumes: each request runs once, each push comes once (seed %i)",
  { timeout: 60_000 },
  async (seed) => {
    const gate = await world.gate({ heartbeatMs });
    const { play } = await countingNode();
    const got = await play(gate, seed, cutCount);
    for (const name of ["resumed", "sent_again", "notifies_lost", "pings", "acks", "taken_over"] as const)
      expect(got[name], name).toBeGreaterThan(0);
    expect(gate.counters.get("session.overrun")).toBe(0);
  },
);

test.each([1, 2, 3])(
  "a client written from PROTOCOL.md alone follows its session to another gate (seed %i)",
  { timeout: 60_000 },
  async (seed) => {
    const gates = [await world.gate({ heartbeatMs }), await world.gate({ heartbeatMs })] as const;
    await eventually(() => gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
    const { play } = await countingNode((number) => {
      if (number === requestCount / 2) void gates[0].close({ graceMs: 10_000 });
    });
    const got = await play(gates[0], seed, 0);
    expect(got).toMatchObject({ moved: 1, resumed: 1 });
    expect(gates[1].counters.get("session.arrived")).toBe(1);
  },
);
