import type { Comparison } from "../compare/comparison.ts";

/** Finds error codes that were renumbered, removed or added. */
export function compareErrors({ before, after, changes }: Comparison): void {
  const hurts = ["old client", "new client", "old node", "other SDK"] as const;
  const now = new Map(Object.entries(after.errors));
  for (const [name, number] of Object.entries(before.errors)) {
    const is = now.get(name);
    if (is === number) continue;
    const reason =
      is === undefined
        ? `the error code ${name} = ${number} was removed`
        : `the number of the error code ${name} was ${number} and is ${is}`;
    changes.add("error-code-renumbered", { subject: name, at: [], reason, hurts });
  }
  const known = new Set(Object.keys(before.errors));
  for (const [name, number] of now) {
    if (known.has(name)) continue;
    const reason = `the error code ${name} = ${number} is new`;
    changes.add("error-code-added", { subject: name, at: [], reason, hurts: ["old client", "old node"] });
  }
}
