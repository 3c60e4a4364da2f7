import { expect, test } from "vitest";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { NodeRegistry } from "../../../runtime/gate/nodes/node-registry.ts";
import { CountedLog } from "../../../runtime/log/counted-log.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { linkAndWire } from "../rpc/two-links.ts";

function registry() {
  const clock = new FakeClock();
  const log = new CountedLog(silentLogger, clock);
  const nodes = new NodeRegistry({ deadlines: new Deadlines(clock), log, rejoinMs: 10, limit: 100 });
  return { clock, nodes };
}

test("a role that a peer made up goes with its last node, and its place among a session's sticky nodes is used again", () => {
  const { clock, nodes } = registry();
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

test.each([true, false])(
  "a node that comes with another role is gone from its former one (linked until then: %s)",
  (linked) => {
    const { clock, nodes } = registry();
    const news: string[] = [];
    nodes.watcher = {
      onLost: ({ peer }) => news.push(`lost ${peer.role.name} ${peer.bootId}`),
      onBack: ({ peer }) => news.push(`back ${peer.role.name} ${peer.bootId}`),
      onGone: (peer) => news.push(`gone ${peer.role.name} ${peer.bootId}`),
    };
    const first = nodes.register("arena-1", "arena", "boot-1", linkAndWire().link)!;
    if (!linked) nodes.lost(first, "killed");
    nodes.register("arena-1", "lobby", "boot-2", linkAndWire().link);
    clock.advance(1_000);
    expect(news).toEqual(["lost arena boot-1", "gone arena boot-1"]);
  },
);
