import { worstOf } from "../compare/change.ts";
import type { Judged } from "./acknowledgements.ts";
import { pathIn, ruleText } from "./report-text.ts";

/**
 * Formats judged changes as workflow commands of GitHub Actions, which shows them beside the lines of a pull request:
 * `::error file=...,line=...,title=...::text`. Safe changes have no annotation; an acknowledged one is a warning.
 *
 * @param schema folder of the schema, relative to the root of the repository
 */
export function annotationLines(judged: readonly Judged[], schema: string): string[] {
  return judged.flatMap(({ change, verdict, acknowledged }) => {
    if (verdict === "note" || verdict === "off") return [];
    const { place, reason, hurts, remedy } = change;
    const at =
      place.file === ""
        ? []
        : [`file=${property(pathIn(schema, place.file))}`, `line=${Math.max(place.line, 1)}`];
    const title = `title=${property(`${worstOf(change)} ${ruleText(change)}`)}`;
    const text = [
      reason,
      ...(hurts.length === 0 ? [] : [`hurts: ${hurts.join(", ")}`]),
      acknowledged === undefined ? `safe way: ${remedy}` : `acknowledged: ${acknowledged.reason}`,
    ].join("\n");
    return [`::${verdict === "error" ? "error" : "warning"} ${[...at, title].join(",")}::${data(text)}`];
  });
}

/** Escapes the text of a workflow command, which ends at a line break. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** Escapes a property of a workflow command, which ends at a comma or colon. */
function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
