import { expect, test } from "vitest";
import { durationText, statusText } from "../../../runtime/cli/status-text.ts";

test("status is a table of the processes, then what each tells, aligned and with addresses as one writes them", () => {
  const text = statusText({
    pid: 1,
    source: "/game/photinus.config.ts",
    uptimeMs: 65_000,
    processes: [
      {
        name: "gate-1",
        kind: "gate",
        pid: 20,
        state: "ready",
        uptimeMs: 64_000,
        restarts: 0,
        memoryBytes: 91 * 1_048_576,
        gate: {
          address: { host: "127.0.0.1", port: 7700 },
          links: { host: "::1", port: 7701 },
          inFlight: 3,
          gates: [{ name: "gate-2", linked: false }],
          nodes: [
            { name: "table-1", state: "ready", pending: 0, roundTripMs: 0.333_3 },
            { name: "table-2", state: "away", pending: 12, roundTripMs: 0 },
          ],
          counters: { "connections.accepted": 120, "client.refused.rate": 3 },
        },
      },
      {
        name: "table-1",
        kind: "node",
        role: "table",
        pid: undefined,
        state: "waiting",
        uptimeMs: 0,
        restarts: 12,
        memoryBytes: undefined,
        node: { gates: [{ name: "", address: "[::1]:7701", sessions: 3 }], inFlight: 0, counters: {} },
      },
    ],
  });
  expect(text).toBe(`/game/photinus.config.ts: pid 1, up 1m 5s

name     role   pid  state    up     restarts  memory
gate-1   gate    20  ready    1m 4s         0   91 MB
table-1  table    -  waiting  0s           12       -

gate-1
  address    127.0.0.1:7700
  links      [::1]:7701
  in flight  3
  gates
    name    linked
    gate-2  false
  nodes
    name     state  pending  round trip
    table-1  ready        0      0.3 ms
    table-2  away        12        0 ms
  counters
    connections.accepted  120
    client.refused.rate     3

table-1
  in flight  0
  gates
    name  address     sessions
    -     [::1]:7701         3
`);
});

test.each([
  [0, "0s"],
  [59_999, "59s"],
  [3_600_000, "1h 0m"],
  [90_061_000, "1d 1h"],
])("%d ms is %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
