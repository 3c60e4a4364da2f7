import { expect, test, vi } from "vitest";
import type { Transport } from "../../../../runtime/transport/transport.ts";
import { interleave } from "./interleaving.ts";
import type { Shape } from "./stepped-game.ts";
import type { SteppedNetwork } from "./stepped-network.ts";

/** The network of the run under way: what dials over TCP elsewhere dials here. */
const dialing = vi.hoisted(() => ({ network: undefined as SteppedNetwork | undefined }));

vi.mock("../../../../runtime/transport/tcp.ts", async (original) => ({
  ...(await original<typeof import("../../../../runtime/transport/tcp.ts")>()),
  dialTcp: async (host: string, port: number): Promise<Transport> => {
    if (dialing.network === undefined) throw new Error("no run is under way");
    return dialing.network.dial(`${host}:${port}`).end;
  },
}));

/** `INTERLEAVINGS=20000 FIRST_SEED=1 npx vitest run --config test/vitest.config.ts test/unit/gate/interleavings` tries more. */
const count = Number(process.env["INTERLEAVINGS"] ?? 1_000);
const firstSeed = Number(process.env["FIRST_SEED"] ?? 1);

/** Gates and nodes of a run. */
const shapes: readonly Shape[] = [{ gates: 1, nodes: 2 }];

test.each(shapes)(
  "however sockets, closes, logins, kicks and tokens interleave, a session has one owner, a user one session, and no forger gets in (%o)",
  { timeout: Math.max(60_000, count * 150) },
  async (shape) => {
    const sums: Record<string, number> = {};
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      const { problems, counts } = await interleave(seed, shape, (network) => {
        dialing.network = network;
      });
      expect(problems, `seed ${seed}; to repeat: INTERLEAVINGS=1 FIRST_SEED=${seed}`).toEqual([]);
      for (const [name, number] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + number;
    }
    if (process.env["INTERLEAVINGS"] !== undefined) console.log(JSON.stringify(sums));
    if (count < 1_000) return;
    // The runs try what they are for.
    for (const name of ["resumed", "refused", "takenOver", "forged", "logins", "cuts"])
      expect(sums[name], name).toBeGreaterThan(count / 2);
  },
);
