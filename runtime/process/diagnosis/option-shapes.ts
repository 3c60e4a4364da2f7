import { isNodeName, nodeNameRule } from "../../../schema/node-name.ts";
import { nearest } from "../../../schema/suggest.ts";
import type { Path, Problems } from "./topology-problem.ts";

/** Checks one value of a topology and reports what is wrong with it. */
export type Shape = (value: unknown, path: Path, problems: Problems) => void;

/** One option of an object. */
export interface Option {
  readonly shape: Shape;
  readonly required?: boolean;
}

/** Options that are called otherwise here, by their former or foreign name. */
export type Renamed = Readonly<Record<string, string>>;

/** An object with these options and no others. */
export function object(options: Readonly<Record<string, Option>>, renamed: Renamed = {}): Shape {
  const names = Object.keys(options);
  return (value, path, problems) => {
    if (!isRecord(value)) {
      const place = path.length === 0 ? "the topology" : "it";
      problems.add(
        "wrong-kind",
        path,
        `${place} is ${kindOf(value)}`,
        `give an object with ${names.join(", ")}`,
      );
      return;
    }
    for (const [name, option] of Object.entries(options)) {
      const member = value[name];
      if (member !== undefined) option.shape(member, [...path, name], problems);
      else if (option.required) problems.add("missing-option", path, `"${name}" is missing`, "add it");
    }
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(options, name)) reportUnknown(name, names, renamed, path, problems);
    }
  };
}

function reportUnknown(
  name: string,
  names: readonly string[],
  renamed: Renamed,
  path: Path,
  problems: Problems,
): void {
  const place = [...path, name];
  const now = Object.hasOwn(renamed, name) ? renamed[name] : undefined;
  if (now !== undefined) {
    problems.add("renamed-option", place, `"${name}" is not an option here`, `write "${now}" instead`);
    return;
  }
  const near = nearest(name, names);
  const remedy = near === undefined ? `the options are ${names.join(", ")}` : `did you mean "${near}"?`;
  problems.add("unknown-option", place, `there is no option "${name}"`, remedy);
}

/** An object whose members have names of the user's own, all of one shape. */
export function named(element: Shape, nameShape: Shape, renamed: Renamed): Shape {
  return (value, path, problems) => {
    if (!isRecord(value)) {
      problems.add("wrong-kind", path, `it is ${kindOf(value)}`, "give an object, whose members have names");
      return;
    }
    for (const [name, member] of Object.entries(value)) {
      const place = [...path, name];
      if (Object.hasOwn(renamed, name)) reportUnknown(name, [], renamed, path, problems);
      else {
        nameShape(name, place, problems);
        element(member, place, problems);
      }
    }
  };
}

/** A list of at least so many elements. */
export function list(element: Shape, least: number, what: string): Shape {
  return (value, path, problems) => {
    if (!Array.isArray(value)) {
      problems.add("wrong-kind", path, `it is ${kindOf(value)}`, `give a list of ${what}`);
      return;
    }
    if (value.length < least)
      problems.add("missing-option", path, "the list is empty", `give one or more ${what}`);
    for (const [index, member] of value.entries()) element(member, [...path, index], problems);
  };
}

/** A whole number from `least` to `most`; the unit is empty for a count. */
export function whole(least: number, most: number, unit: string): Shape {
  return (value, path, problems) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return;
    const code = typeof value === "number" ? "out-of-range" : "wrong-kind";
    problems.add(
      code,
      path,
      `it is ${shown(value)}`,
      `give a whole number${unit === "" ? "" : ` of ${unit}`} from ${least} to ${most}`,
    );
  };
}

/** A TCP port; 0 stands for one that the system chooses. */
export const port: Shape = (value, path, problems) => {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 65_535) return;
  problems.add(
    "bad-port",
    path,
    `${shown(value)} is not a port`,
    "give a number from 1 to 65535, or 0 to let the system choose",
  );
};

/** A host name or an IP address, without port or scheme. */
export const host: Shape = (value, path, problems) => {
  if (typeof value === "string" && value.length <= 253 && isHost(value)) return;
  problems.add(
    "bad-host",
    path,
    `${shown(value)} is not a host`,
    'give an IP address or a host name alone, such as "127.0.0.1" (this machine) or "0.0.0.0" (every network)',
  );
};

function isHost(text: string): boolean {
  if (text.includes(":")) return /^[0-9a-fA-F:.]+$/.test(text) && text.split(":").length >= 3;
  if (/^[\d.]+$/.test(text))
    return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split(".").every((n) => +n <= 255);
  return /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/.test(text);
}

/** A text of certain characters, which `rule` says in words. */
export function word(pattern: RegExp, rule: string): Shape {
  return (value, path, problems) => {
    if (typeof value !== "string" || !pattern.test(value)) badName(value, rule, path, problems);
  };
}

function badName(value: unknown, rule: string, path: Path, problems: Problems): void {
  problems.add("bad-name", path, `${shown(value)} is not a name`, `give ${rule}`);
}

/** The name of a gate, node or role: it stands in addresses, logs and command lines. */
export const name: Shape = (value, path, problems) => {
  if (!isNodeName(value)) badName(value, nodeNameRule, path, problems);
};

export const flag: Shape = (value, path, problems) => {
  if (typeof value !== "boolean")
    problems.add("wrong-kind", path, `it is ${shown(value)}`, "give true or false");
};

/** A word of a list. */
export function choice(words: readonly string[]): Shape {
  return (value, path, problems) => {
    if (typeof value === "string" && words.includes(value)) return;
    const near = typeof value === "string" ? nearest(value, words) : undefined;
    const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
    const all = words.map((word) => `"${word}"`).join(", ");
    problems.add("wrong-kind", path, `it is ${shown(value)}`, `give one of ${all}${hint}`);
  };
}

/** A file's path, relative to the folder of the topology file. */
export const file: Shape = (value, path, problems) => {
  if (typeof value === "string" && value !== "") return;
  problems.add(
    "wrong-kind",
    path,
    `it is ${shown(value)}`,
    "give a path, relative to the folder of this file",
  );
};

/** Four bytes. */
export const head: Shape = (value, path, problems) => {
  const byte = (entry: unknown) =>
    typeof entry === "number" && Number.isInteger(entry) && entry >= 0 && entry < 256;
  if (Array.isArray(value) && value.length === 4 && value.every(byte)) return;
  problems.add("wrong-kind", path, `it is ${shown(value)}`, "give four bytes, such as [0, 0, 0, 0]");
};

/** Accepts anything; what it is for is checked elsewhere. */
export const anything: Shape = () => {};

/** An option that cannot be left out. */
export function required(shape: Shape): Option {
  return { shape, required: true };
}

export function optional(shape: Shape): Option {
  return { shape };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "undefined" ? "missing" : `a ${typeof value}`;
}

/** A value as a message shows it: short, and never the inside of an object. */
export function shown(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return kindOf(value);
}
