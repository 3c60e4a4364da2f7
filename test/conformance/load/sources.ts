import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Files } from "./protoc.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Folders of real schemas that the tests have at hand. */
const folders = [
  "corpus",
  "../../../schema",
  "../codec/schema",
  "../tables/schema",
  "../../bench/codec/schema",
  "../../bench/game/schema",
  "../../bench/tables/schema",
  "../../golden/codegen/fixtures/hostile/schema",
];

/** The files of each folder, by path below it; Photinus' own are left out, which every schema has. */
export const corpora: readonly Files[] = folders.map((folder) => {
  const root = here(folder);
  const names = readdirSync(root, { recursive: true, encoding: "utf8" }).map((name) =>
    name.replaceAll("\\", "/"),
  );
  const paths = names.filter((name) => name.endsWith(".proto") && !name.startsWith("photinus/")).sort();
  if (paths.length === 0) throw new Error(`there is no schema in ${root}`);
  return Object.fromEntries(paths.map((path) => [path, readFileSync(`${root}/${path}`, "utf8")]));
});
