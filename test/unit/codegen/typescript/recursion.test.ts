import { expect, it } from "vitest";
import { SchemaIndex } from "../../../../codegen/typescript/emit-context.ts";
import { Recursion } from "../../../../codegen/typescript/messages/recursion.ts";
import fc from "../../../setup/random.ts";
import { modelOf } from "../load/schemas.ts";

/** Messages that hold one another as the edges say, from a number to others. */
async function indexOf(edges: readonly (readonly number[])[]): Promise<SchemaIndex> {
  const messages = edges.map((to, from) => {
    const fields = [...new Set(to)].map((other, i) => `M${other % edges.length} f${i} = ${i + 1};`);
    return `message M${from} { ${fields.join(" ")} }`;
  });
  return new SchemaIndex(await modelOf({ "a.proto": `syntax = "proto3";\n${messages.join("\n")}` }));
}

it("a message recurs where what its field holds can hold it again", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 10 }),
      async (edges) => {
        const index = await indexOf(edges);
        const recursion = new Recursion(index);
        const held = (name: string): string[] =>
          index.message(name).fields.flatMap(({ type }) => (type.kind === "message" ? [type.name] : []));
        for (const outer of index.messages) {
          for (const inner of held(outer.fullName)) {
            const reached = new Set([inner]);
            for (const name of reached) for (const next of held(name)) reached.add(next);
            expect(recursion.between(outer, inner)).toBe(reached.has(outer.fullName));
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});

it("a circle of thousands of messages is seen through in one go", async () => {
  const count = 20_000;
  const index = await indexOf(Array.from({ length: count }, (_, i) => [i + 1]));
  const recursion = new Recursion(index);
  for (const [i, message] of index.messages.entries())
    expect(recursion.between(message, `M${(i + 1) % count}`)).toBe(true);
});
