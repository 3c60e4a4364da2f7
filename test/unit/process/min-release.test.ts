import { describe, expect, test } from "vitest";
import { startInProcess } from "../../../runtime/process/hosting/in-process.ts";
import { resolveTopology } from "../../../runtime/process/topology/resolve-topology.ts";
import { ports, supervise } from "./fake-processes.ts";
import { sampleProtocol } from "./protocol-sample.ts";

const released = { ...sampleProtocol(["scene"]), release: 5, releases: [] };

function topology(clients: unknown, protocol: object = released) {
  const gates = ["gate-1", "gate-2"].map((name) => ({ name, listen: { port: 0 } }));
  return { protocol, gates, nodes: [{ role: "scene", module: [] }], clients };
}

const resolved = (value: unknown) =>
  resolveTopology(value, { source: "photinus.config.ts", directory: "/game" });

describe("clients of a topology", () => {
  test("holds for all of its gates", async () => {
    const clients = { minRelease: 4, upgradeUrl: "https://play.example/update", allowNewer: true };
    const { gates } = await resolved(topology(clients));
    expect(gates.map((gate) => gate.clients)).toEqual([clients, clients]);
    expect((await resolved(topology(undefined))).gates[0]!.clients).toEqual({});
  });

  test.each([
    [{ minRelease: -1 }, /clients\.minRelease: found -1/],
    [{ minRelease: "4" }, /clients\.minRelease: found "4"/],
    [{ upgradeUrl: "update" }, /clients\.upgradeUrl: .*https:\/\/play\.example/],
    [{ allowNewer: 1 }, /clients\.allowNewer/],
    [{ minimum: 4 }, /clients\.minimum: unknown option/],
    [4, /clients: found 4/],
  ])("is refused as %j", async (clients, expected) => {
    await expect(resolved(topology(clients))).rejects.toThrow(expected);
  });

  test("cannot ask for a later release than that of the protocol, which no client could have", async () => {
    await expect(resolved(topology({ minRelease: 6 }))).rejects.toThrow(
      "clients.minRelease: found 6, above the release of the protocol, which is 5",
    );
    const never = sampleProtocol(["scene"]);
    expect((await resolved(topology({ minRelease: 6 }, never))).gates[0]!.clients).toEqual({ minRelease: 6 });
  });
});

describe("a supervisor", () => {
  const order = { photinus: "clients", minRelease: 4 };

  test("gives a new minimum to its gates, and to no node", async () => {
    const { supervisor, latest } = supervise(["a", "b"], ["scene-1"], { release: 5 });
    latest("a").ready(ports(1000));
    latest("b").ready(ports(2000));
    latest("scene-1").ready();
    await supervisor.setMinRelease(4);
    expect([latest("a").orders.at(-1), latest("b").orders.at(-1)]).toEqual([order, order]);
    expect(latest("scene-1").orders).not.toContainEqual(order);
  });

  test("gives it to a gate that starts again, with the ports and gates that it had", async () => {
    const { clock, supervisor, latest } = supervise(["gate"], [], { release: 5 });
    latest("gate").ready(ports(1000));
    await supervisor.setMinRelease(4);
    latest("gate").exit(1);
    clock.advance(100);
    const gates = [{ name: "gate", host: "127.0.0.1", port: 1001 }];
    expect(latest("gate").orders).toEqual([{ photinus: "start", gates, ports: ports(1000), minRelease: 4 }]);
  });

  test("refuses a minimum that every client of a gate is below, and changes nothing", async () => {
    const { supervisor, latest } = supervise(["gate"], [], { release: 3 });
    latest("gate").ready(ports(1000));
    await expect(supervisor.setMinRelease(4)).rejects.toThrow(
      "FAILED_PRECONDITION: the gate gate has release 3 and would refuse every client",
    );
    expect(latest("gate").orders).not.toContainEqual(order);
    await supervisor.setMinRelease(3);
    expect(latest("gate").orders.at(-1)).toEqual({ photinus: "clients", minRelease: 3 });
  });
});

test("a topology in one process changes the minimum of all its gates", async () => {
  const gates = ["gate-1", "gate-2"].map((name) => ({ name, listen: { port: 0 } }));
  const protocol = { ...released, commands: [] };
  await using game = await startInProcess({ protocol, gates, nodes: [], clients: { minRelease: 2 } });
  const minimums = () => [...game.gates.values()].map((gate) => gate.status().minRelease);
  expect(minimums()).toEqual([2, 2]);
  await game.setMinRelease(4);
  expect(minimums()).toEqual([4, 4]);
  await expect(game.setMinRelease(6)).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
  expect(minimums()).toEqual([4, 4]);
});
