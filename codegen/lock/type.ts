import type { Field } from "../../schema/model.ts";

/**
 * Type of a field in the lock file, such as "repeated uint32". `optional` is left out, since it does not change the wire
 * format.
 */
export function typeText({ type, label, mapKey }: Field): string {
  const name = type.kind === "scalar" ? type.scalar : type.name;
  if (label === "map") return `map<${mapKey}, ${name}>`;
  return label === "repeated" ? `repeated ${name}` : name;
}
