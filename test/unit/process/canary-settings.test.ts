import { expect, test } from "vitest";
import { CanarySettings } from "../../../runtime/process/supervisor/canary-settings.ts";
import type { ResolvedNode } from "../../../runtime/process/topology/resolved-topology.ts";

const node = (name: string, role: string, canary?: ResolvedNode["canary"]): ResolvedNode => ({
  kind: "node",
  name,
  role,
  module: [],
  limits: {},
  canary,
});

function settings(): CanarySettings {
  return new CanarySettings([
    node("scene-1", "scene"),
    node("scene-next-1", "scene", { percent: 5, users: [7n] }),
    node("scene-next-2", "scene", { percent: 5 }),
    node("chat-1", "chat"),
  ]);
}

test("a change by name or role keeps what it does not mention", () => {
  const canaries = settings();
  expect(canaries.change({ name: "scene-next-1", percent: 20 })).toEqual(["scene-next-1"]);
  expect(canaries.of("scene-next-1")).toEqual({ percent: 20, users: [7n] });
  expect(canaries.change({ name: "scene", users: ["8"] })).toEqual(["scene-next-1", "scene-next-2"]);
  expect(canaries.of("scene-next-1")).toEqual({ percent: 20, users: ["8"] });
  expect(canaries.of("scene-next-2")).toEqual({ percent: 5, users: ["8"] });
  expect(canaries.of("scene-1")).toBeUndefined();
});

test.each([
  [
    { name: "arena", percent: 5 },
    'NOT_FOUND: no node or role "arena" runs here; canary nodes: scene-next-1, scene-next-2',
  ],
  [
    { name: "chat", percent: 5 },
    'FAILED_PRECONDITION: "chat" is no canary; give its nodes canary: {} in the topology',
  ],
  [{ name: "scene", percent: 101 }, /INVALID_ARGUMENT: .*percent: found 101/],
  [{ name: "scene", percent: 5.001 }, /INVALID_ARGUMENT: .*percent: found 5\.001/],
  [{ name: "scene", users: ["0"] }, /INVALID_ARGUMENT: .*users\[0\]: found "0"/],
])("%j is refused, and changes nothing", (change, expected) => {
  const canaries = settings();
  expect(() => canaries.change(change)).toThrow(expected);
  expect(canaries.of("scene-next-1")).toEqual({ percent: 5, users: [7n] });
});
