import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { OwnProtocol } from "./own-protocol.ts";

/** File with the form of the protocol. */
export const publishedFile: URL = new URL("fixtures/published.json", import.meta.url);

/** Form of the protocol in the working tree's file. */
export function recorded(): OwnProtocol {
  return JSON.parse(readFileSync(publishedFile, "utf8")) as OwnProtocol;
}

/** Form of the protocol that programs may speak already: that of the last release, or of git's HEAD when nothing was released. */
export function published(): OwnProtocol {
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd,
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      stdio: ["ignore", "pipe", "ignore"],
    });
  for (const reference of [
    () => git("describe", "--tags", "--abbrev=0", "--match", "v*").trim(),
    () => "HEAD",
  ]) {
    try {
      return JSON.parse(git("show", `${reference()}:./fixtures/published.json`)) as OwnProtocol;
    } catch {
      // Without git, a release, or the file in it, the next source counts.
    }
  }
  return recorded();
}

/** Text of the file. One line for each number and declaration, so that a changed one shows in the diff. */
export function textOf({ versions, fixed, model }: OwnProtocol): string {
  const lines = (value: object, indent: string): string => {
    const items = Array.isArray(value)
      ? value.map((one) => JSON.stringify(one))
      : Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${JSON.stringify(one)}`);
    const [open, close] = Array.isArray(value) ? "[]" : "{}";
    return items.length === 0
      ? `${open}${close}`
      : `${open}\n${items.map((item) => `${indent}  ${item}`).join(",\n")}\n${indent}${close}`;
  };
  const group = (value: object) =>
    Object.entries(value)
      .map(([name, one]: [string, unknown]) => {
        const text = typeof one === "object" && one !== null ? lines(one, "    ") : JSON.stringify(one);
        return `    ${JSON.stringify(name)}: ${text}`;
      })
      .join(",\n");
  const parts = [
    `  "versions": ${JSON.stringify(versions)}`,
    `  "fixed": {\n${group(fixed)}\n  }`,
    `  "model": {\n${group(model)}\n  }`,
  ];
  return `{\n${parts.join(",\n")}\n}\n`;
}
