import type { Deprecable, Deprecation } from "../../../schema/model.ts";
import type { Node } from "../read/outline.ts";
import type { OptionObject } from "./option-object.ts";

/** Declaration with the comments that may give the reason of its deprecation. */
type Commented = Pick<Node, "comment" | "options"> & { readonly behind?: string };

/**
 * Returns the deprecation of a declaration, and its comment without the note. The note is the first of: the paragraph
 * "Deprecated: ..." of the comment, the comment behind `option deprecated = true;`, and the comment behind a field or enum value
 * that has another comment above it.
 *
 * @param options checked options of the declaration
 * @param around deprecation of the service or file around a declaration, which counts when it has none of its own
 */
export function deprecationOf(
  node: Commented,
  options: OptionObject,
  around: Deprecable = {},
): Deprecable & { readonly comment: string } {
  const { comment } = node;
  if (!options.bool("deprecated")) return { comment, ...around };
  const lines = comment.split("\n");
  const from = lines.findIndex((line) => mark.test(line));
  if (from < 0) return { comment, deprecated: { note: noteOf(commentOfOption(node) || node.behind || "") } };
  const length = lines.slice(from).findIndex((line) => line.trim() === "");
  const to = length < 0 ? lines.length : from + length;
  const rest = [lines.slice(0, from), lines.slice(to)].map((part) => part.join("\n").trim());
  return {
    comment: rest.filter((part) => part !== "").join("\n\n"),
    deprecated: { note: noteOf(lines.slice(from, to).join(" ")) },
  };
}

/**
 * Returns the deprecation of the declarations inside a deprecated one.
 *
 * @param what the deprecated declaration: "the service meadow.Chat"
 */
export function deprecationInside(deprecated: Deprecation | undefined, what: string): Deprecable {
  if (deprecated === undefined) return {};
  const { note } = deprecated;
  return { deprecated: { note: `${what} is deprecated${note === "" ? "" : `: ${note}`}` } };
}

/** Returns the comment behind the statement `option deprecated = true;`; "" without one. */
export function commentOfOption({ options }: Pick<Node, "options">): string {
  return options.find(({ parts: [name] }) => name?.text === "deprecated" && !name.extension)?.comment ?? "";
}

/** Beginning of a note. Generators of other languages read the same word. */
const mark = /^\s*deprecated:/i;

function noteOf(text: string): string {
  return text.replace(mark, "").replace(/\s+/g, " ").trim();
}
