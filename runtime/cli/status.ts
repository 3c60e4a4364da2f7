import { askControl } from "../process/control/client.ts";
import { controlPlace } from "../process/control/place.ts";
import type { StatusReport, UnitStatus } from "../process/supervisor/status.ts";
import { findTopology } from "../process/topology/load.ts";

export interface AskOptions {
  readonly config?: string;
  readonly only?: string;
}

/** `photinus status`: what runs, as text for a person or as JSON. */
export async function status(options: AskOptions & { readonly json?: boolean }): Promise<void> {
  const config = findTopology(options.config, process.cwd());
  const { status: report } = await askControl(controlPlace(config, options.only), "status");
  if (report === undefined) return;
  process.stdout.write(
    options.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : statusText(report),
  );
}

/** A table with one line for each process, then the figures of the gates and nodes. */
export function statusText(report: StatusReport): string {
  const head = ["name", "role", "pid", "state", "up", "restarts", "memory"];
  const rows = report.processes.map((unit) => [
    unit.name,
    unit.role ?? unit.kind,
    unit.pid === undefined ? "-" : String(unit.pid),
    unit.state,
    durationText(unit.uptimeMs),
    String(unit.restarts),
    unit.memoryBytes === undefined ? "-" : `${Math.round(unit.memoryBytes / 1_048_576)} MB`,
  ]);
  const widths = head.map((word, column) => Math.max(word.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  const title = `${report.source}: pid ${report.pid}, up ${durationText(report.uptimeMs)}`;
  const figures = report.processes.flatMap(figureLines);
  return `${[title, "", line(head), ...rows.map(line), ...figures].join("\n")}\n`;
}

function figureLines(unit: UnitStatus): string[] {
  const figures = Object.entries(unit.gate ?? unit.node ?? {}).filter(([, value]) => !isEmpty(value));
  if (figures.length === 0) return [];
  return ["", `${unit.name}:`, ...figures.map(([name, value]) => `  ${name}: ${figureText(value)}`)];
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** `host 127.0.0.1, port 80`; of a list, one line for each element. */
function figureText(value: unknown): string {
  if (Array.isArray(value)) return value.map((element) => `\n    ${figureText(element)}`).join("");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${typeof inner === "object" ? JSON.stringify(inner) : String(inner)}`)
    .join(", ");
}

/** `2d 3h`, `4m 5s`: the two largest units. */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}
