import { expect, test } from "vitest";
import type { Restarted } from "../../../runtime/process/supervisor/status-report.ts";
import type { Supervisor } from "../../../runtime/process/supervisor/supervisor.ts";
import { ports, supervise } from "./fake-processes.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A topology with one gate and these nodes, all ready. */
function ready(...nodes: string[]) {
  return readyWith({}, nodes);
}

function readyWith(figures: Readonly<Record<string, unknown>>, nodes: readonly string[]) {
  const all = supervise(["gate"], nodes, figures);
  all.latest("gate").ready(ports(1000));
  for (const name of nodes) all.latest(name).ready();
  return all;
}

/** Begins a restart. */
function begin(supervisor: Supervisor, name?: string) {
  const done: Restarted[] = [];
  const restart = async () => {
    for await (const one of supervisor.restart({ name })) done.push(one);
  };
  const ended = restart().then(
    () => "done",
    (error: Error) => error.message,
  );
  return { done, ended };
}

test("a new process loads beside the old one, and opens only once that is gone", async () => {
  const { supervisor, latest, started } = ready("scene-1");
  const old = latest("scene-1");
  const { done, ended } = begin(supervisor, "scene-1");
  await settled();
  const next = latest("scene-1");
  expect(next.orders).toEqual([{ photinus: "load" }]);
  expect(old.signals).toEqual([]);
  next.loaded();
  await settled();
  expect(old.signals).toEqual(["SIGTERM"]);
  expect(next.orders).toHaveLength(1);
  old.exit(0);
  await settled();
  expect(next.orders[1]).toMatchObject({ photinus: "start", gates: [{ port: 1001 }] });
  expect(done).toEqual([]);
  next.ready();
  expect(await ended).toBe("done");
  expect(done).toEqual([{ name: "scene-1", pid: next.pid, tookMs: 0 }]);
  expect(started).toHaveLength(3);
});

test("a new gate gets the ports of the old one", async () => {
  const { supervisor, latest } = ready("scene-1");
  const old = latest("gate");
  const { ended } = begin(supervisor, "gate");
  latest("gate").loaded();
  await settled();
  old.exit(0);
  await settled();
  expect(latest("gate").orders[1]).toEqual({
    photinus: "start",
    gates: [{ name: "gate", host: "127.0.0.1", port: 1001 }],
    ports: ports(1000),
  });
  latest("gate").ready(ports(1000));
  expect(await ended).toBe("done");
});

test.each([
  ["cannot load its module", "no default export"],
  ["is killed while it loads", "signal SIGKILL"],
])("a new process that %s leaves the old one running", async (_what, reason) => {
  const { supervisor, latest, clock } = ready("scene-1");
  const old = latest("scene-1");
  const { ended } = begin(supervisor, "scene-1");
  const next = latest("scene-1");
  if (reason === "signal SIGKILL") next.exit(null, reason);
  else {
    next.events.onReport({ photinus: "unable", reason });
    next.exit(78);
  }
  expect(await ended).toBe(
    `FAILED_PRECONDITION: scene-1 was not replaced, and its old process continues: the new process cannot start: ${reason}`,
  );
  clock.advance(100_000);
  expect(old.signals).toEqual([]);
  expect(latest("scene-1")).toBe(next);
  // The next attempt is not refused.
  begin(supervisor, "scene-1");
  expect(latest("scene-1")).not.toBe(next);
});

test("a module that never finishes loading leaves the old process running", async () => {
  const { supervisor, latest, clock } = ready("scene-1");
  const old = latest("scene-1");
  const { ended } = begin(supervisor, "scene-1");
  clock.advance(60_000);
  expect(await ended).toMatch(/^DEADLINE_EXCEEDED: scene-1 was not replaced, .* after 60000 ms$/);
  expect([old.signals, latest("scene-1").signals]).toEqual([[], ["SIGKILL"]]);
});

test("an old process that does not end in time is killed", async () => {
  const { supervisor, latest, clock } = ready("scene-1");
  const old = latest("scene-1");
  const { ended } = begin(supervisor, "scene-1");
  latest("scene-1").loaded();
  await settled();
  clock.advance(500);
  expect(old.signals).toEqual(["SIGTERM", "SIGKILL"]);
  await settled();
  latest("scene-1").ready();
  expect(await ended).toBe("done");
});

test("a new process that is killed while the old one finishes is started again", async () => {
  const { supervisor, latest, started } = ready("scene-1");
  const old = latest("scene-1");
  const { ended } = begin(supervisor, "scene-1");
  latest("scene-1").loaded();
  await settled();
  latest("scene-1").exit(null, "signal SIGKILL");
  old.exit(0);
  await settled();
  expect(started).toHaveLength(4);
  expect(latest("scene-1").orders).toMatchObject([{ photinus: "start" }]);
  latest("scene-1").ready();
  expect(await ended).toBe("done");
});

test("a new process that ends before it is ready fails the restart, and is started again", async () => {
  const { supervisor, latest, clock, started } = ready("scene-1");
  const old = latest("scene-1");
  const { ended } = begin(supervisor, "scene-1");
  latest("scene-1").loaded();
  await settled();
  old.exit(0);
  await settled();
  latest("scene-1").events.onReport({ photinus: "unable", reason: "no stars" });
  latest("scene-1").exit(78);
  expect(await ended).toBe(
    "UNAVAILABLE: scene-1 was replaced, but the new process ended: no stars; it is started again",
  );
  clock.advance(100);
  expect(started).toHaveLength(4);
});

test("a process that waits for its restart is started at once", async () => {
  const { supervisor, latest, clock, started } = ready("scene-1");
  latest("scene-1").exit(1);
  const { ended } = begin(supervisor, "scene-1");
  latest("scene-1").loaded();
  await settled();
  latest("scene-1").ready();
  expect(await ended).toBe("done");
  clock.advance(100_000);
  expect(started).toHaveLength(3);
});

test("a rolling restart takes the nodes one after another, each ready before the next", async () => {
  const { supervisor, latest, started } = ready("scene-1", "scene-2");
  const old = [latest("scene-1"), latest("scene-2")];
  const { done, ended } = begin(supervisor);
  for (const [index, name] of ["scene-1", "scene-2"].entries()) {
    await settled();
    expect(started).toHaveLength(4 + index);
    latest(name).loaded();
    await settled();
    old[index]!.exit(0);
    await settled();
    latest(name).ready();
  }
  expect(await ended).toBe("done");
  expect(done.map((one) => one.name)).toEqual(["scene-1", "scene-2"]);
  expect(latest("gate").signals).toEqual([]);
});

test("a rolling restart ends at the first failure, and names what was not restarted", async () => {
  const { supervisor, latest } = ready("scene-1", "scene-2", "scene-3");
  const { ended } = begin(supervisor);
  latest("scene-1").exit(78);
  expect(await ended).toMatch(/scene-1 was not replaced.*\nnot restarted after that: scene-2, scene-3$/);
  expect(latest("scene-2").signals).toEqual([]);
});

test("a stop during a restart ends both processes", async () => {
  const { supervisor, latest } = ready("scene-1");
  const old = latest("scene-1");
  const { ended } = begin(supervisor, "scene-1");
  const next = latest("scene-1");
  const stopped = supervisor.stop();
  expect(next.alive).toBe(false);
  expect(await ended).toBe("ABORTED: scene-1 is stopping");
  latest("gate").exit(0);
  await settled();
  old.exit(0);
  await stopped;
});

test("a stop while a new process opens ends that one", async () => {
  const { supervisor, latest, started } = ready("scene-1");
  const old = latest("scene-1");
  const { ended } = begin(supervisor, "scene-1");
  latest("scene-1").loaded();
  await settled();
  old.exit(0);
  await settled();
  const stopped = supervisor.stop();
  expect(await ended).toBe("ABORTED: scene-1 is stopping");
  latest("gate").exit(0);
  await settled();
  expect(latest("scene-1").signals).toEqual(["SIGTERM"]);
  latest("scene-1").exit(0);
  await stopped;
  expect(started).toHaveLength(3);
});

test("an unknown name is refused with the known ones", async () => {
  const { supervisor } = ready("scene-1", "scene-2");
  expect(await begin(supervisor, "scene-3").ended).toBe(
    'NOT_FOUND: no gate or node "scene-3"; did you mean "scene-1"? known names: gate, scene-1, scene-2',
  );
});

test("a second restart and one of a starting topology are refused", async () => {
  const starting = supervise(["gate"], ["scene-1"]);
  expect(await begin(starting.supervisor, "gate").ended).toMatch(
    /^FAILED_PRECONDITION: the topology is still starting/,
  );
  const { supervisor } = ready("scene-1", "scene-2");
  begin(supervisor, "scene-1");
  expect(await begin(supervisor, "scene-2").ended).toBe(
    "FAILED_PRECONDITION: a restart is already running: scene-1; wait for its end",
  );
});

test("a restart ends only once a gate has its nodes, and a node its gates", async () => {
  const figures = { gates: [{ name: "", address: "127.0.0.1:1001" }] as { name: string; address: string }[] };
  const { supervisor, latest, clock } = readyWith(figures, ["scene-1"]);
  const old = latest("scene-1");
  const { done, ended } = begin(supervisor, "scene-1");
  latest("scene-1").loaded();
  await settled();
  old.exit(0);
  await settled();
  latest("scene-1").ready();
  await settled();
  clock.advance(1_000);
  await settled();
  expect(done).toEqual([]);
  figures.gates[0]!.name = "gate";
  clock.advance(1_000);
  expect(await ended).toBe("done");
});

test("a restarted node that does not find its gates fails the restart", async () => {
  const figures = { gates: [{ name: "", address: "127.0.0.1:1001" }] };
  const { supervisor, latest, clock } = readyWith(figures, ["scene-1", "scene-2"]);
  const old = latest("scene-1");
  const { ended } = begin(supervisor);
  latest("scene-1").loaded();
  await settled();
  old.exit(0);
  await settled();
  latest("scene-1").ready();
  await settled();
  clock.advance(30_000);
  expect(await ended).toBe(
    "DEADLINE_EXCEEDED: scene-1 was replaced, but does not serve after 30000 ms: waiting for the gate at 127.0.0.1:1001\n" +
      "not restarted after that: scene-2",
  );
});
