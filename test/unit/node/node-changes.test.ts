import { expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { CountedLog } from "../../../runtime/log/counted-log.ts";
import { NodeChanges } from "../../../runtime/node/gates/node-changes.ts";
import { type NodeChanged, NodeState } from "../../../runtime/wire/generated/photinus/link.ts";
import { Lines } from "../../setup/lines.ts";

const { LOST, BACK, GONE } = NodeState;

function nodeChanges() {
  const log = new Lines();
  const all = new NodeChanges(new CountedLog(log, new FakeClock()));
  const heard: string[] = [];
  all.on(LOST, "arena", ({ node, gate }) => heard.push(`${node} lost at ${gate}`));
  all.on(BACK, "arena", ({ node, gate }) => heard.push(`${node} back at ${gate}`));
  all.on(GONE, "arena", ({ node, gate }) => heard.push(`${node} gone at ${gate}`));
  const say = (gate: string, state: NodeState, bootId: string, more: Partial<NodeChanged> = {}) =>
    all.changed(gate, {
      ...{ node: "arena-1", role: "arena", bootId, state, planned: false, awaitedMs: 0 },
      ...more,
    });
  return { all, heard, say, log };
}

test("what several gates say of one loss and one return is heard once, in whatever order they say it", () => {
  const { heard, say } = nodeChanges();
  say("gate-1", LOST, "a");
  say("gate-2", LOST, "a");
  say("gate-1", BACK, "b");
  say("gate-3", LOST, "a");
  say("gate-2", BACK, "b");
  say("gate-3", BACK, "b");
  say("gate-2", LOST, "b");
  expect(heard).toEqual(["arena-1 lost at gate-1", "arena-1 back at gate-1", "arena-1 lost at gate-2"]);
});

test.each(["a", ""])(
  "a link that breaks again and again under the boot id %j is heard of each time",
  (bootId) => {
    const { heard, say } = nodeChanges();
    for (let n = 0; n < 3; n++) {
      say("gate-1", LOST, bootId);
      say("gate-1", BACK, bootId);
    }
    say("gate-1", LOST, bootId);
    say("gate-1", GONE, bootId);
    say("gate-2", GONE, bootId);
    expect(heard).toHaveLength(8);
    expect(heard.at(-1)).toBe("arena-1 gone at gate-1");
  },
);

test("a return of what was never lost here, and other roles, are no news", () => {
  const { heard, say } = nodeChanges();
  say("gate-1", BACK, "a");
  say("gate-1", GONE, "a");
  say("gate-1", LOST, "a", { node: "scene-1", role: "scene" });
  expect(heard).toEqual([]);
});

test("names without end do not fill the memory, and a listener that throws keeps no other from hearing", () => {
  const { all, heard, say, log } = nodeChanges();
  all.on(LOST, "arena", () => {
    throw new Error("a listener's own");
  });
  all.on(LOST, "arena", ({ node }) => heard.push(`${node} still`));
  for (let n = 0; n < 10_000; n++) say("gate-1", LOST, "a", { node: `arena-${n}` });
  // The first was forgotten meanwhile, the last was not.
  say("gate-2", LOST, "a", { node: "arena-0" });
  say("gate-2", LOST, "a", { node: "arena-9999" });
  expect(heard).toHaveLength(2 * 10_001);
  expect(log.of("a node change listener threw").length).toBeGreaterThan(0);
});
