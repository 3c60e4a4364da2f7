import { expect, test, vi } from "vitest";
import type { CommandContext } from "../../../../runtime/api/handler-context.ts";
import { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import { Gate } from "../../../../runtime/gate/gate.ts";
import { GameNode } from "../../../../runtime/node/node.ts";
import { adminTimeoutMs } from "../../../../runtime/rpc/link-administration.ts";
import type { Transport } from "../../../../runtime/transport/transport.ts";
import { commands, protocol, serve } from "../../../integration/gate/schema.ts";
import { generator } from "../../../setup/generator.ts";
import { interleave } from "./interleaving.ts";
import type { Shape } from "./stepped-game.ts";
import { SteppedNetwork } from "./stepped-network.ts";
import { Tab } from "./tab.ts";

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

test("a bind whose answer comes too late holds at its node as well", async () => {
  const clock = new FakeClock();
  const network = new SteppedNetwork(generator(1));
  dialing.network = network;
  const gate = new Gate({ name: "gate-1", protocol, clock, heartbeatMs: 60_000 });
  network.listen("gate-1:1", (transport) => gate.acceptClient(transport));
  network.listen("gate-1:2", (transport) => gate.acceptLink(transport));
  const login = async (_: Uint8Array, { session }: CommandContext) => session.bind(7n);
  const node = await GameNode.open([serve("probe", { login })], {
    name: "probe-1",
    role: "probe",
    gates: [{ host: "gate-1", port: 2 }],
    clock,
  });
  await network.drain();
  const tab = new Tab("player");
  tab.dial(network, "gate-1:1");
  await network.drain();
  const asked = tab.ask(commands.login.id);
  const link = network.wires.find(({ name }) => name.startsWith("gate-1:2"))!;
  // All arrives but what the gate sends over the link after the command: its answer to the bind.
  await network.drain((wire, direction) => wire !== link || direction === "up" || gate.status().users === 0);
  expect(node.sessions()).toMatchObject([{ userId: 0n }]);
  clock.advance(adminTimeoutMs + 100);
  await network.drain();
  expect(tab.answers.get(asked)).toBe("error");
  expect(gate.status().users).toBe(1);
  expect(node.sessions()).toMatchObject([{ userId: 7n, auth: "user" }]);
  void node.close({ graceMs: 0 });
  gate.destroy();
});
