import { type Change, worstOf } from "../compare/change.ts";
import { type ChangeClass, changeClasses } from "../rules/rule.ts";
import type { Judged } from "./acknowledgements.ts";

/** Headings of the classes. */
const headings: Readonly<Record<ChangeClass, string>> = {
  B: "breaks",
  M: "needs a migration of data",
  R: "needs an order of roll-out",
  C: "needs new clients first",
  "S!": "safe on the wire, but to be acknowledged",
  S: "safe",
};

/**
 * Formats judged changes for people: by class, the most severe first, each with its place, the reason, who is hurt, and the safe
 * way.
 *
 * @param schema folder of the schema as the user named it
 */
export function reportLines(judged: readonly Judged[], schema: string): string[] {
  const lines: string[] = [];
  const shown = judged.filter(({ verdict }) => verdict !== "off");
  for (const name of [...changeClasses].reverse()) {
    const own = shown.filter(({ change }) => worstOf(change) === name);
    if (own.length === 0) continue;
    lines.push("", `${name}: ${headings[name]}`);
    for (const one of own) lines.push(...changeLines(one, schema));
  }
  return lines;
}

function changeLines({ change, verdict, acknowledged }: Judged, schema: string): string[] {
  const { classes, reason, hurts, remedy } = change;
  const also = classes.length > 1 ? `, classes ${classes.join(" ")}` : "";
  const first = `  ${placeText(change, schema)} ${ruleText(change)}${also}: ${reason}`;
  const why =
    acknowledged &&
    `    acknowledged in ${acknowledged.by === "comment" ? "the schema" : "package.json"}: ${acknowledged.reason}`;
  if (verdict === "note") return [first, ...(why === undefined ? [] : [why])];
  return [
    first,
    ...(hurts.length === 0 ? [] : [`    hurts: ${hurts.join(", ")}`]),
    why ?? `    safe way: ${remedy}`,
  ];
}

/** Place of a change with the folder of its schema: "schema/meadow/chat.proto:12". */
export function placeText({ place: { file, line } }: Pick<Change, "place">, schema: string): string {
  if (file === "") return schema;
  const path = pathIn(schema, file);
  return line === 0 ? path : `${path}:${line}`;
}

/** Path of a schema's file as the user sees it. */
export function pathIn(schema: string, file: string): string {
  const folder = schema.replace(/\/+$/, "");
  return folder === "" || folder === "." ? file : `${folder}/${file}`;
}

/** Rule with its number: "auth-lowered (8)". */
export function ruleText({ rule, number }: Pick<Change, "rule" | "number">): string {
  return number === undefined ? rule : `${rule} (${number})`;
}
