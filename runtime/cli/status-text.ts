import type { ProcessStatus, StatusReport } from "../process/supervisor/status-report.ts";

const indent = "  ";

/** Formats a status for a person: a table of the processes, then the figures of each. */
export function statusText(report: StatusReport): string {
  const processes = report.processes.map((status) => [
    status.name,
    status.role ?? status.kind,
    status.pid === undefined ? "-" : String(status.pid),
    status.state,
    durationText(status.uptimeMs),
    String(status.restarts),
    status.memoryBytes === undefined ? "-" : `${Math.round(status.memoryBytes / 1_048_576)} MB`,
  ]);
  const lines = [
    `${report.source}: pid ${report.pid}, up ${durationText(report.uptimeMs)}`,
    "",
    ...table(["name", "role", "pid", "state", "up", "restarts", "memory"], processes),
    ...report.processes.flatMap(figureLines),
  ];
  return `${lines.join("\n")}\n`;
}

/** Formats a duration by its two largest units: `2d 3h`, `4m 5s`. */
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

/** Formats the figures of a process: single figures first, one a line, then the lists, each as a table. */
function figureLines(status: ProcessStatus): string[] {
  const figures = Object.entries(status.gate ?? status.node ?? {});
  const single = figures.filter(([, value]) => !isGroup(value));
  const groups = figures.filter(([, value]) => isGroup(value) && Object.keys(value).length > 0);
  if (single.length + groups.length === 0) return [];
  const lines = table(
    undefined,
    single.map(([name, value]) => [wordsOf(name), cellText(name, value)]),
  );
  for (const [name, value] of groups) {
    lines.push(wordsOf(name), ...groupLines(value as object).map((line) => indent + line));
  }
  return ["", status.name, ...lines.map((line) => indent + line)];
}

/** Formats a list of objects as a table with the field names as its head; any other group has a line for each entry. */
function groupLines(group: object): string[] {
  if (!Array.isArray(group)) {
    return table(
      undefined,
      Object.entries(group).map(([name, value]) => [name, cellText(name, value)]),
    );
  }
  const list: readonly unknown[] = group;
  const things = list.filter((element): element is object => isGroup(element));
  if (things.length < list.length) return list.map((element) => cellText("", element));
  const fields = [...new Set(things.flatMap((thing) => Object.keys(thing)))];
  const rows = things.map((thing) => {
    const cells = new Map(Object.entries(thing));
    return fields.map((field) => cellText(field, cells.get(field)));
  });
  return table(fields.map(wordsOf), rows);
}

/** Formats rows as aligned columns: numbers, with or without a unit, to the right, texts to the left. */
export function table(head: readonly string[] | undefined, rows: readonly (readonly string[])[]): string[] {
  const all = head === undefined ? rows : [head, ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const numeric = widths.map(
    (_, column) =>
      rows.every((row) => /^(-|[\d.]+( \w+)?)$/.test(row[column]!)) &&
      rows.some((row) => row[column] !== "-"),
  );
  return all.map((row) =>
    row
      .map((cell, column) =>
        numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
}

/** Whether a figure is an object or a list; an address counts as a single figure. */
function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isAddress(value);
}

function isAddress(value: object): value is { host: string; port: number } {
  return "host" in value && "port" in value;
}

function cellText(name: string, value: unknown): string {
  if (value === undefined || value === null || value === "") return "-";
  if (typeof value === "number" && name.endsWith("Ms")) return `${Math.round(value * 10) / 10} ms`;
  if (typeof value !== "object") return String(value);
  if (!isAddress(value)) return JSON.stringify(value);
  return value.host.includes(":") ? `[${value.host}]:${value.port}` : `${value.host}:${value.port}`;
}

/** Converts a field name into words: `inFlight` is "in flight". The unit of `roundTripMs` is left to the value. */
function wordsOf(name: string): string {
  return name.replace(/Ms$/, "").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
