import type { LogRecord } from "./log-record.ts";

const levelWords: ReadonlyMap<number, string> = new Map([
  [20, "debug"],
  [30, "info "],
  [40, "WARN "],
  [50, "ERROR"],
  [60, "FATAL"],
]);

/** ANSI colour codes of the levels: grey, yellow, red. Info has none. */
const levelColours: ReadonlyMap<number, string> = new Map([
  [20, "90"],
  [40, "33"],
  [50, "31"],
  [60, "31"],
]);

/** Fields that have their own place in a line, or that a person does not need. */
const placed: ReadonlySet<string> = new Set(["level", "time", "name", "msg", "pid", "hostname", "stream"]);

/** Formats a record as a line for a person: `10:29:25.123 info  gate      client port open  port=7000`. */
export function humanLine(record: LogRecord, colours: boolean): string {
  const level = levelWords.get(record.level) ?? String(record.level);
  const details = Object.entries(record)
    .filter(([key]) => !placed.has(key))
    .map(([key, value]) => `${key}=${detailText(value)}`);
  const head = `${clockTime(record.time)} ${level} ${record.name.padEnd(10)} ${printable(record.msg)}`;
  const line = details.length === 0 ? head : `${head}  ${details.join(" ")}`;
  const colour = colours ? levelColours.get(record.level) : undefined;
  return colour === undefined ? line : `\u001b[${colour}m${line}\u001b[0m`;
}

function clockTime(wallMs: number): string {
  const date = new Date(wallMs);
  const two = (n: number) => String(n).padStart(2, "0");
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

function detailText(value: unknown): string {
  if (typeof value === "string") return /^[\w.:/@-]+$/.test(value) ? value : printable(JSON.stringify(value));
  return printable(JSON.stringify(value) ?? String(value));
}

/** Escapes control characters, because text from a client must not move the cursor of the operator's terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters to escape them.
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (control) => {
    return `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
