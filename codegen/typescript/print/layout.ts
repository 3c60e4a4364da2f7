import { lineWidth } from "../source-file.ts";

/** `head(parameters): tail`, on one line when it fits, else with one parameter a line. */
export function callable(head: string, parameters: readonly string[], tail: string, indent = 0): string {
  const line = `${head}(${parameters.join(", ")})${tail}`;
  if (indent + line.length <= lineWidth) return line;
  return `${head}(\n${parameters.map((parameter) => `  ${parameter},\n`).join("")})${tail}`;
}

/** An object literal, on one line when it fits behind `used` characters, else with one entry a line. */
export function objectLiteral(entries: readonly string[], used: number): string {
  const line = `{ ${entries.join(", ")} }`;
  if (entries.length === 0) return "{}";
  const flat = !line.includes("\n") && used + line.length <= lineWidth;
  return flat ? line : `{\n${entries.map((entry) => `${indented(entry)},\n`).join("")}}`;
}

/** A list of strings, as a literal on one line. */
export function stringList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}

/** Every line two spaces in. */
export function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

/** A property of an object literal or interface: quoted unless it is a plain name. */
export function propertyKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
