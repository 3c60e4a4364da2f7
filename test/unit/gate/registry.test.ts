import { expect, test } from "vitest";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { NodeRegistry } from "../../../runtime/gate/nodes/registry.ts";
import { CountedLog } from "../../../runtime/log/counted-log.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { linkAndWire } from "../rpc/two-links.ts";

test("a role that a peer made up goes with its last node, and its place among a session's sticky nodes is used again", () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const nodes = new NodeRegistry({
    deadlines,
    log: new CountedLog(silentLogger, clock),
    rejoinMs: 10,
    limit: 100,
  });
  const scene = nodes.role("scene");
  const indexes: number[] = [];
  for (let n = 0; n < 5; n++) {
    const { link } = linkAndWire();
    const node = nodes.register(`python-${n}`, `role-${n}`, "", link)!;
    const second = nodes.register(`python-${n}-b`, `role-${n}`, "", link)!;
    indexes.push(node.peer.role.index);
    nodes.lost(node, "gone");
    clock.advance(1_000);
    expect(second.peer.role.members.map(({ name }) => name)).toEqual([`python-${n}-b`]);
    expect(nodes.register(`python-${n}`, `role-${n}`, "", link)?.peer.role).toBe(second.peer.role);
    for (const peer of nodes.all()) nodes.lost(peer.link!, "gone");
    clock.advance(1_000);
    expect(nodes.all()).toEqual([]);
    expect(node.peer.removed).toBe(true);
  }
  expect(indexes).toEqual([1, 1, 1, 1, 1]);
  expect(nodes.role("scene")).toBe(scene);
});
