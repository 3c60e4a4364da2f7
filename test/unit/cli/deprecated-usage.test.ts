import { expect, test } from "vitest";
import {
  type DeprecatedUse,
  deprecatedUsage,
  usageText,
} from "../../../runtime/cli/clients/deprecated-usage.ts";
import type { ProcessStatus } from "../../../runtime/process/supervisor/status-report.ts";

function gate(name: string, uptimeMs: number, deprecated?: readonly DeprecatedUse[]): ProcessStatus {
  const status = {
    name,
    kind: "gate",
    pid: 1,
    state: "ready",
    uptimeMs,
    restarts: 0,
    memoryBytes: 1,
  } as const;
  return deprecated === undefined ? status : { ...status, gate: { deprecated } };
}

const node: ProcessStatus = { ...gate("scene-1", 1), kind: "node", role: "scene", node: {} };
const schema = "00000000000000aa";
const one = [
  { command: "game.Hall.Enter", calls: 3, release: 10 },
  { command: "game.Hall.Enter", calls: 1, schema },
  { command: "game.Hall.Wave", calls: 0 },
];
const two = [
  { command: "game.Hall.Enter", calls: 4, release: 10 },
  { command: "game.Hall.Enter", calls: 5, release: 9 },
  { command: "game.Hall.Enter", calls: 6, schema: "unknown" },
  { command: "game.Hall.Old", calls: 2, schema: "other" },
];

test("the counts of all gates are added up, by command and client", () => {
  expect(deprecatedUsage([gate("gate-1", 7_000, one), node, gate("gate-2", 65_000, two)])).toEqual({
    gates: [
      { name: "gate-1", uptimeMs: 7_000 },
      { name: "gate-2", uptimeMs: 65_000 },
    ],
    missing: [],
    commands: [
      {
        command: "game.Hall.Enter",
        calls: 19,
        clients: [
          { calls: 5, release: 9 },
          { calls: 7, release: 10 },
          { calls: 1, schema },
          { calls: 6, schema: "unknown" },
        ],
      },
      { command: "game.Hall.Old", calls: 2, clients: [{ calls: 2, schema: "other" }] },
      { command: "game.Hall.Wave", calls: 0, clients: [] },
    ],
  });
});

test("a person reads since when, which gates are missing, and who calls what", () => {
  const text = usageText(deprecatedUsage([gate("gate-1", 7_000, one), gate("gate-2", 65_000), node]));
  expect(text).toBe(
    [
      "Calls of deprecated commands since the start of each gate: gate-1 for 7s. A gate that restarts counts from 0.",
      "The gate gate-2 did not answer; its counts are missing.",
      "",
      "command          client                   calls",
      "game.Hall.Enter  release 10                   3",
      `game.Hall.Enter  schema ${schema}      1`,
      "game.Hall.Wave   nobody                       0",
      "",
    ].join("\n"),
  );
});

test("a schema without deprecated commands is not a table of nothing", () => {
  expect(usageText(deprecatedUsage([gate("gate-1", 7_000, []), node]))).toMatch(
    /counts from 0\.\nNo command of the schema is deprecated\.\n$/,
  );
});
