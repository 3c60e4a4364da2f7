/** A docstring of a schema comment, with its line break, or "" when there is none. Lines after the first get `indent`. */
export function docBlock(text: string, indent = ""): string {
  const lines = docLines(text);
  if (lines.length === 0) return "";
  if (lines.length === 1) return `/** ${lines[0]} */\n`;
  return `/**\n${lines.map((line) => `${indent} *${line && ` ${line}`}\n`).join("")}${indent} */\n`;
}

/** The lines of a docstring: nothing in them can end the comment, or begin a tag that the schema did not mean. */
export function docLines(text: string): string[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const safe = lines.map((line) =>
    line
      .trimEnd()
      .replaceAll("*/", "*\\/")
      .replace(/[\u2028\u2029]/g, " "),
  );
  while (safe.length > 0 && safe[0] === "") safe.shift();
  while (safe.length > 0 && safe.at(-1) === "") safe.pop();
  return safe;
}
