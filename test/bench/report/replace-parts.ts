const begin = (name: string) => `<!-- report: ${name} -->`;
const end = "<!-- end -->";
const beginPattern = /^<!-- report: (\S+) -->$/;

/**
 * Replaces the generated parts of a page, which stand between the lines `<!-- report: NAME -->` and `<!-- end -->`. All else stays as it
 * is. Throws when a part has no place, a place has no part, or a place is not closed or occurs twice.
 */
export function replaceParts(page: string, parts: Readonly<Record<string, string>>): string {
  const left = new Set(Object.keys(parts));
  const kept: string[] = [];
  let inside: string | undefined;
  for (const line of page.split("\n")) {
    const name = beginPattern.exec(line)?.[1];
    if (inside !== undefined) {
      if (name !== undefined)
        throw new Error(`"${begin(inside)}" is not closed before "${line}"; expected "${end}"`);
      if (line !== end) continue;
      kept.push(line);
      inside = undefined;
    } else if (name !== undefined) {
      if (!left.delete(name)) throw new Error(`"${line}" is unknown, or occurs twice`);
      kept.push(line, "", parts[name]!.trim(), "");
      inside = name;
    } else kept.push(line);
  }
  if (inside !== undefined) throw new Error(`"${begin(inside)}" is not closed; expected "${end}"`);
  if (left.size > 0) throw new Error(`the page has no line ${[...left].map(begin).join(", ")}`);
  return kept.join("\n");
}
