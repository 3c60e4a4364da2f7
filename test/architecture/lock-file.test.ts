import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./source-tree.ts";

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}

/** Where Node.js looks for a package from another one, nearest first. */
function placesOf(name: string, from: string): string[] {
  const parts = from.split("/node_modules/");
  const inner = parts.map(
    (_, index) => `${parts.slice(0, parts.length - index).join("/node_modules/")}/node_modules/${name}`,
  );
  return [...inner, `node_modules/${name}`];
}

describe.each(["package-lock.json", "test/bench/peers/package-lock.json"])("%s", (file) => {
  const text = readFileSync(join(root, file), "utf8");
  const { packages } = JSON.parse(text) as Lock;

  test("has the packages of every platform, without which npm ci refuses it", () => {
    let looked = 0;
    const missing: string[] = [];
    for (const [path, entry] of Object.entries(packages)) {
      for (const name of Object.keys(entry.optionalDependencies ?? {})) {
        looked++;
        if (!placesOf(name, path).some((place) => packages[place] !== undefined))
          missing.push(`${path} -> ${name}`);
      }
    }
    expect(looked).toBeGreaterThan(3);
    expect(missing).toEqual([]);
  });

  test("names no registry", () => {
    expect(Object.keys(packages).length).toBeGreaterThan(50);
    const addresses = [...text.matchAll(/"resolved": "([^"]+)"/g)].map(([, address]) => address!);
    expect(addresses.filter((address) => /^https?:/.test(address))).toEqual([]);
  });
});
