import { describe, expect, test } from "vitest";
import { ports, supervise } from "./fake-processes.ts";

describe("start", () => {
  test("nodes are told where the gates are as soon as all gates are open", () => {
    const { latest } = supervise(["a", "b"], ["scene-1"]);
    latest("a").ready(ports(1000));
    expect(latest("scene-1").orders).toEqual([]);
    latest("b").ready(ports(2000));
    expect(latest("scene-1").orders[0]).toEqual({
      photinus: "start",
      gates: [
        { name: "a", host: "127.0.0.1", port: 1001 },
        { name: "b", host: "127.0.0.1", port: 2001 },
      ],
      ports: undefined,
    });
  });

  test("it is ready when every process is", async () => {
    const { supervisor, latest } = supervise(["gate"], ["scene-1", "scene-2"]);
    let isReady = false;
    void supervisor.ready.then(() => {
      isReady = true;
    });
    latest("gate").ready(ports(1000));
    latest("scene-1").ready();
    await Promise.resolve();
    expect(isReady).toBe(false);
    latest("scene-2").ready();
    expect((await supervisor.ready).map((open) => open.ports)).toEqual([ports(1000)]);
  });

  test("a process that cannot run as configured stops all, with its reason", async () => {
    const { supervisor, latest } = supervise();
    latest("gate").ready(ports(1000));
    latest("scene-1").events.onReport({ photinus: "unable", reason: "its module is missing" });
    latest("scene-1").exit(78);
    expect(latest("gate").signals).toEqual(["SIGTERM"]);
    latest("gate").exit(0);
    expect(await supervisor.ended).toEqual({
      unable: { process: "scene-1", reason: "its module is missing" },
    });
  });
});

describe("restart", () => {
  test("waits twice as long after each failure, up to a limit, and starts afresh after a healthy time", () => {
    const { clock, started, latest } = supervise(["gate"], []);
    const waits: number[] = [];
    const restart = () => {
      const before = started.length;
      latest("gate").exit(1);
      let waited = 0;
      while (started.length === before) {
        clock.advance(50);
        waited += 50;
      }
      waits.push(waited);
    };
    for (let n = 0; n < 10; n++) restart();
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]);
    clock.advance(30_000);
    restart();
    expect(waits.at(-1)).toBe(100);
  });

  test("a gate gets the ports that it had", () => {
    const { clock, latest } = supervise(["gate"], []);
    expect(latest("gate").orders).toEqual([{ photinus: "start", gates: [], ports: undefined }]);
    latest("gate").ready(ports(1000));
    latest("gate").exit(null, "signal SIGKILL");
    clock.advance(100);
    const gates = [{ name: "gate", host: "127.0.0.1", port: 1001 }];
    expect(latest("gate").orders).toEqual([{ photinus: "start", gates, ports: ports(1000) }]);
  });

  test("a node that starts again is told the gates at once", () => {
    const { clock, latest } = supervise();
    latest("gate").ready(ports(1000));
    latest("scene-1").ready();
    latest("scene-1").exit(1);
    clock.advance(100);
    expect(latest("scene-1").orders[0]).toMatchObject({ photinus: "start", gates: [{ port: 1001 }] });
  });

  test("a process that was ready once is restarted even if it cannot run as configured now", () => {
    const { clock, started, latest } = supervise(["gate"], []);
    latest("gate").ready(ports(1000));
    latest("gate").exit(1);
    clock.advance(100);
    latest("gate").exit(78);
    clock.advance(200);
    expect(started).toHaveLength(3);
  });
});

describe("stop", () => {
  test("gates go first, then nodes", async () => {
    const { supervisor, latest } = supervise();
    latest("gate").ready(ports(1000));
    latest("scene-1").ready();
    const stopped = supervisor.stop();
    expect([latest("gate").signals, latest("scene-1").signals]).toEqual([["SIGTERM"], []]);
    latest("gate").exit(0);
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    expect(latest("scene-1").signals).toEqual(["SIGTERM"]);
    latest("scene-1").exit(0);
    await stopped;
    expect(await supervisor.ended).toEqual({ unable: undefined });
  });

  test("what does not end in time is killed", async () => {
    const { clock, supervisor, latest } = supervise(["gate"], []);
    const stopped = supervisor.stop();
    clock.advance(499);
    expect(latest("gate").signals).toEqual(["SIGTERM"]);
    clock.advance(1);
    expect(latest("gate").signals).toEqual(["SIGTERM", "SIGKILL"]);
    await stopped;
  });

  test("a process that waits for its restart is not started any more", async () => {
    const { clock, started, supervisor, latest } = supervise(["gate"], []);
    latest("gate").exit(1);
    await supervisor.stop();
    clock.advance(100_000);
    expect(started).toHaveLength(1);
  });

  test("a node that ends while the gates stop is not started again", async () => {
    const { clock, started, supervisor, latest } = supervise();
    const stopped = supervisor.stop();
    latest("scene-1").exit(null, "signal SIGINT");
    clock.advance(400);
    latest("gate").exit(0);
    await stopped;
    expect(started).toHaveLength(2);
  });

  test("kill ends everything at once", async () => {
    const { supervisor, started } = supervise();
    const stopped = supervisor.stop();
    supervisor.kill();
    await stopped;
    expect(started.map((one) => one.alive)).toEqual([false, false]);
  });
});

describe("status", () => {
  test("has what each process tells of itself, and goes without those that do not answer", async () => {
    const { clock, supervisor, latest } = supervise();
    latest("gate").ready(ports(1000));
    latest("scene-1").ready();
    const asked = supervisor.status();
    const health = { memoryBytes: 5, figures: { sessions: 3 } };
    latest("gate").events.onReport({ photinus: "status", key: 1, status: health });
    clock.advance(1000);
    const { processes } = await asked;
    expect(processes).toMatchObject([
      { name: "gate", kind: "gate", state: "ready", memoryBytes: 5, gate: { sessions: 3 } },
      { name: "scene-1", kind: "node", role: "scene", state: "ready", memoryBytes: undefined },
    ]);
    expect(processes[1]).not.toHaveProperty("node");
  });
});
