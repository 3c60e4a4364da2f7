import type { ProcessStatus, StatusReport } from "../process/supervisor/status-report.ts";

const indent = "  ";

/** What `photinus status` prints for a person: a table of the processes, then what each tells of itself. */
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

/** Single figures first, one on a line; then the lists, each as a table. */
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

/** A list of things with the same fields is a table with their names as its head; other groups have a line for each entry. */
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

/** Columns, aligned: numbers and what has a unit to the right, texts to the left. */
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

/** True for what has parts of its own; an address is one thing. */
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

/** `inFlight` is "in flight"; the unit of `roundTripMs` stands with its value. */
function wordsOf(name: string): string {
  return name.replace(/Ms$/, "").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
