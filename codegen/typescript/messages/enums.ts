import type { Enum } from "../../../schema/model.ts";
import { docstring } from "../print/docs.ts";
import { indented, propertyKey } from "../print/line-layout.ts";

/**
 * Emits an enum as an object of its numbers and a type that is their union. proto3 enums are open: a decoded message may hold a number
 * outside of the union.
 */
export function emitEnum(declared: Enum, name: string): string {
  const values = declared.values.map((value) => {
    // A plain key __proto__ would set the prototype of the object.
    const key = value.name === "__proto__" ? '["__proto__"]' : propertyKey(value.name);
    return indented(`${docstring(value.comment)}${key}: ${value.number},\n`);
  });
  const numbers = `export const ${name} = {\n${values.join("")}} as const;`;
  return `${docstring(declared.comment)}${numbers}\n\nexport type ${name} = (typeof ${name})[keyof typeof ${name}];`;
}
