import type { Field } from "../../schema/model.ts";

/** A field's type, as far as a change of it would be read wrongly: `optional` or not is the same on the wire. */
export function typeText({ type, label, mapKey }: Field): string {
  const name = type.kind === "scalar" ? type.scalar : type.name;
  if (label === "map") return `map<${mapKey}, ${name}>`;
  return label === "repeated" ? `repeated ${name}` : name;
}
