import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root, Workshop } from "../process/game.ts";

/** A folder in which the sources of the packages stand for what a reader would install. */
export function readersFolder(): Workshop {
  const workshop = new Workshop();
  workshop.write("package.json", JSON.stringify({ private: true, type: "module" }));
  mkdirSync(join(workshop.folder, "node_modules/@photinus"), { recursive: true });
  symlinkSync(root, join(workshop.folder, "node_modules/photinus"));
  symlinkSync(join(root, "clients/typescript"), join(workshop.folder, "node_modules/@photinus/client"));
  symlinkSync(join(root, "node_modules/@types"), join(workshop.folder, "node_modules/@types"));
  return workshop;
}

/** Runs Node.js in the folder. */
export function runNode(workshop: Workshop, ...args: string[]) {
  const environment = { ...workshop.environment, NODE_NO_WARNINGS: "1" };
  return spawnSync(process.execPath, args, { cwd: workshop.folder, env: environment, encoding: "utf8" });
}

/** What the compiler says of one file more, which is wrong, so that it is seen to look. */
export const slipComplaint = "slip.ts(1,14): error TS2322";

/** What the compiler says of the folder's own files, with a slip among them. */
export function complaints(workshop: Workshop): string[] {
  workshop.write("slip.ts", 'export const slip: number = "";\n');
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = runNode(workshop, tsc, "-p", ".", "--customConditions", "photinus-source");
  // The sources of Photinus are seen here too, and are checked by rules of their own.
  return stdout.split("\n").filter((line) => line !== "" && !/^(\.\.\/|\s)/.test(line));
}

/** The `tsconfig.json` that the README prints, with the types of a browser. */
export function browserConfig(readme: string): string {
  const config = /^```jsonc\n(.*?)^```$/ms.exec(readme)?.[1] ?? "";
  return config.replace('"strict"', '"lib": ["es2024", "dom", "esnext.disposable"], "strict"');
}
