import type { Target } from "../../../../../codegen/target.ts";
import type { Location } from "../../../../../schema/model.ts";

/** A language in which every name is in capitals: a whole target in one file, which no file of the generator knows. */
export const toy: Target = {
  name: "toy",
  check({ files }, report) {
    const seen = new Map<string, Location>();
    for (const { name, location } of files.flatMap(({ messages }) => messages)) {
      const capitals = name.toUpperCase();
      const other = seen.get(capitals);
      seen.set(capitals, other ?? location);
      if (other === undefined) continue;
      const text = `the toy target calls a second message ${capitals}`;
      report.add("PH029", location.file, location, text, "rename one of the two", other);
    }
  },
  emit(schema) {
    return schema.files.map(({ path, messages }) => ({
      target: toy.name,
      path: `toy/${path.replace(/\.proto$/, ".toy")}`,
      text: messages.map(({ name }) => `MESSAGE ${name.toUpperCase()}\n`).join(""),
    }));
  },
};
