import type { Enum } from "../../../schema/model.ts";
import { declarationDocs, deprecatedTag, docstring } from "../print/docs.ts";
import { indented, propertyKey } from "../print/line-layout.ts";

/**
 * Emits an enum as an object of its numbers and a type that is their union. proto3 enums are open: a decoded message may hold a number
 * outside of the union.
 */
export function emitEnum(declared: Enum, name: string): string {
  const values = declared.values.map((value) => {
    // A plain key __proto__ would set the prototype of the object.
    const key = value.name === "__proto__" ? '["__proto__"]' : propertyKey(value.name);
    return indented(`${declarationDocs(value)}${key}: ${value.number},\n`);
  });
  const numbers = `export const ${name} = {\n${values.join("")}} as const;`;
  // An editor strikes out a name only where each of its declarations is deprecated.
  const docs = docstring(deprecatedTag(declared));
  return `${declarationDocs(declared)}${numbers}\n\n${docs}export type ${name} = (typeof ${name})[keyof typeof ${name}];`;
}
