/** The lines of a docstring: nothing in them can end the comment. Empty lines at both ends are left out. */
export function docLines(text: string): string[] {
  const lines = text.split(/\r\n|[\r\n\u2028\u2029]/).map((line) => line.trimEnd().replaceAll("*/", "*\\/"));
  while (lines[0] === "") lines.shift();
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A docstring out of paragraphs; those that are empty are left out. Ends in a line break unless it is "". */
export function docstring(...paragraphs: readonly string[]): string {
  const lines = docLines(paragraphs.filter((paragraph) => paragraph.trim() !== "").join("\n\n"));
  if (lines.length === 0) return "";
  if (lines.length === 1) return `/** ${lines[0]} */\n`;
  return `/**\n${lines.map((line) => ` *${line && ` ${line}`}\n`).join("")} */\n`;
}

/** A sentence or several, broken into lines that fit a docstring. */
export function wrap(text: string, width = 105): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join("\n");
}
