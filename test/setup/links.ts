import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** A text without what stands in code, where brackets are no links. */
function withoutCode(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, "").replace(/`[^`\n]*`/g, "");
}

/** The fragments that lead to the headings of a text, as GitHub makes them. */
function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  const counts = new Map<string, number>();
  for (const [, heading = ""] of markdown.replace(/^```.*?^```$/gms, "").matchAll(/^#{1,6} +(.+)$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
      .trim()
      .replaceAll(" ", "-");
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

/** The relative links of texts that lead to no file below the folder, or to no heading there, and how many were followed. */
export function followLinks(
  folder: string,
  files: readonly string[],
): { readonly broken: readonly string[]; readonly followed: number } {
  let followed = 0;
  const broken: string[] = [];
  for (const file of files) {
    const path = join(folder, file);
    const markdown = readFileSync(path, "utf8");
    for (const [, target = ""] of withoutCode(markdown).matchAll(/\]\(([^()\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      followed++;
      const [name = "", fragment] = target.split("#", 2);
      const to = name === "" ? path : resolve(dirname(path), name);
      if (relative(folder, to).startsWith("..") || !existsSync(to))
        broken.push(`${file}: ${target}: no such file`);
      else if (
        fragment !== undefined &&
        (!statSync(to).isFile() || !anchorsOf(readFileSync(to, "utf8")).has(fragment))
      )
        broken.push(`${file}: ${target}: no such heading`);
    }
  }
  return { broken, followed };
}
