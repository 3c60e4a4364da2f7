import type { Enum } from "../../../schema/model.ts";
import { docstring } from "../print/docs.ts";
import { indented, propertyKey } from "../print/layout.ts";

/** An enum: an object of its numbers, and the union of them as its type. A message may hold other numbers as well. */
export function emitEnum(declared: Enum, name: string): string {
  const values = declared.values.map((value) => {
    // A plain __proto__ would set the prototype.
    const key = value.name === "__proto__" ? '["__proto__"]' : propertyKey(value.name);
    return indented(`${docstring(value.comment)}${key}: ${value.number},\n`);
  });
  const numbers = `export const ${name} = {\n${values.join("")}} as const;`;
  return `${docstring(declared.comment)}${numbers}\n\nexport type ${name} = (typeof ${name})[keyof typeof ${name}];`;
}
