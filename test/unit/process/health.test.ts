import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { HealthAddress } from "../../../runtime/process/health/health-address.ts";
import { unreadyLines } from "../../../runtime/process/health/unready-reasons.ts";
import type { ProcessStatus, StatusReport } from "../../../runtime/process/supervisor/status-report.ts";

const gate: ProcessStatus = {
  name: "gate",
  kind: "gate",
  pid: 1,
  state: "ready",
  uptimeMs: 5,
  restarts: 0,
  memoryBytes: 9,
  gate: { waitsFor: [] },
};
const { gate: _figures, ...common } = gate;
const node: ProcessStatus = {
  ...common,
  name: "scene-1",
  kind: "node",
  node: { gates: [{ name: "gate", address: "127.0.0.1:7001" }] },
};

const report = (...processes: readonly ProcessStatus[]): StatusReport => ({
  pid: 1,
  source: "photinus.config.ts",
  uptimeMs: 5,
  processes,
});

describe("readiness", () => {
  test.each<[string, ProcessStatus, string]>([
    ["starts", { ...gate, state: "starting" }, "gate: starting"],
    ["ended", { ...node, state: "waiting" }, "scene-1: waiting for its restart"],
    ["stops", { ...node, state: "stopping" }, "scene-1: draining"],
    ["does not answer", { ...common, memoryBytes: undefined }, "gate: not answering"],
    [
      "waits for nodes",
      { ...gate, gate: { waitsFor: ["scene (1 of 2)", "chat (0 of 1)"] } },
      "gate: waiting for scene (1 of 2), chat (0 of 1)",
    ],
    [
      "has lost a gate",
      { ...node, node: { gates: [{ name: "", address: "127.0.0.1:7001" }] } },
      "scene-1: waiting for the gate at 127.0.0.1:7001",
    ],
  ])("a part that %s is named, with its reason", (_what, status, line) => {
    const sound = status.kind === "gate" ? node : gate;
    expect(unreadyLines(report(sound, status), false)).toEqual([line]);
  });

  test("a topology whose parts all serve is ready, until it stops", () => {
    expect(unreadyLines(report(gate, node), false)).toEqual([]);
    expect(unreadyLines(report(gate, node), true)).toEqual(["gate: draining", "scene-1: draining"]);
  });

  test("a gate is ready without the other gates, so that they can start one by one", () => {
    const gates = [{ name: "gate-2", linked: false }];
    expect(unreadyLines(report({ ...gate, gate: { waitsFor: [], gates } }), false)).toEqual([]);
  });

  test("a single process is not ready before it is open", () => {
    expect(unreadyLines(report(), false)).toEqual(["starting"]);
  });
});

describe("the health address", () => {
  let address: HealthAddress;

  afterEach(() => address.close());

  async function open(status: () => Promise<StatusReport>, isStopping = false) {
    address = await HealthAddress.open({ host: "127.0.0.1", port: 0 }, { status, isStopping }, silentLogger);
    return async (path: string, method = "GET") => {
      const response = await fetch(`http://127.0.0.1:${address.port}${path}`, { method });
      return [response.status, await response.text()];
    };
  }

  test("says whether the topology is ready, and that the process lives", async () => {
    const ask = await open(async () => report(gate, node));
    expect(await ask("/ready")).toEqual([200, "ready\n"]);
    expect(await ask("/ready?probe=1")).toEqual([200, "ready\n"]);
    expect(await ask("/live")).toEqual([200, "live\n"]);
    await address.close();
    const again = await open(async () =>
      report({ ...gate, state: "starting" }, { ...node, state: "waiting" }),
    );
    expect(await again("/ready")).toEqual([503, "gate: starting\nscene-1: waiting for its restart\n"]);
    expect(await again("/live")).toEqual([200, "live\n"]);
  });

  test("answers other paths with 404 and other methods with 405", async () => {
    const ask = await open(async () => report(gate, node));
    for (const path of ["/", "/ready/", "/status"]) expect((await ask(path))[0]).toBe(404);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      expect((await ask("/ready", method))[0]).toBe(405);
    }
  });

  test("asks for one status at a time, however many probes there are", async () => {
    let count = 0;
    const asked = Promise.withResolvers<void>();
    const ask = await open(async () => {
      count++;
      await asked.promise;
      return report(gate, node);
    });
    const probes = Array.from({ length: 20 }, () => ask("/ready"));
    while (count === 0) await new Promise((resolve) => setImmediate(resolve));
    await ask("/live");
    asked.resolve();
    expect(new Set((await Promise.all(probes)).map(([status]) => status))).toEqual(new Set([200]));
    expect(count).toBeLessThan(20);
  });

  test("a status that fails is answered with 500, and the next one with 200", async () => {
    let isBroken = true;
    const ask = await open(async () => {
      if (isBroken) throw new Error("broken");
      return report(gate, node);
    });
    expect((await ask("/ready"))[0]).toBe(500);
    isBroken = false;
    expect((await ask("/ready"))[0]).toBe(200);
  });

  test("has a bound on its connections, and closes each after its answer", async () => {
    const ask = await open(async () => report(gate, node));
    const sockets = Array.from({ length: 64 }, () => connect(address.port, "127.0.0.1"));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    await expect(ask("/live")).rejects.toThrow();
    for (const socket of sockets) socket.end("GET /live HTTP/1.1\r\nhost: x\r\n\r\n").resume();
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    expect((await ask("/live"))[0]).toBe(200);
  });

  test("a port in use is refused with its address", async () => {
    await open(async () => report());
    const listen = { host: "127.0.0.1", port: address.port };
    const second = HealthAddress.open(
      listen,
      { status: async () => report(), isStopping: false },
      silentLogger,
    );
    await expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${address.port}: the port is in use`);
  });
});
