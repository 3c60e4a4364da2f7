import { lineWidth } from "../source-file.ts";

/**
 * Prints `head(parameters)tail` on one line where that fits, otherwise with one parameter per line.
 *
 * @param indent indentation that the printer will add, in spaces
 */
export function callable(head: string, parameters: readonly string[], tail: string, indent = 0): string {
  const line = `${head}(${parameters.join(", ")})${tail}`;
  if (indent + line.length <= lineWidth) return line;
  return `${head}(\n${parameters.map((parameter) => `  ${parameter},\n`).join("")})${tail}`;
}

/**
 * Prints an object literal on one line where that fits, otherwise with one entry per line.
 *
 * @param used width of the text before the literal on its line, in characters
 */
export function objectLiteral(entries: readonly string[], used: number): string {
  const line = `{ ${entries.join(", ")} }`;
  if (entries.length === 0) return "{}";
  const flat = !line.includes("\n") && used + line.length <= lineWidth;
  return flat ? line : `{\n${entries.map((entry) => `${indented(entry)},\n`).join("")}}`;
}

/** Prints a list of strings as a literal on one line. */
export function stringList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}

/** Indents every line that is not empty by two spaces. */
export function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

/** Prints the key of a property; a name that is not an identifier is quoted. */
export function propertyKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
