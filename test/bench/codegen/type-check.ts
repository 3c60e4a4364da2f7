import { spawn } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { here } from "../harness/before.ts";

/** Linux counts processor time of children in hundredths of a second. */
const msOfTick = 10;

const root = fileURLToPath(here);

/** Figures of a type check. */
export interface TypeCheck {
  readonly seconds: number;
  /** Most memory, by the figures that `tsc` prints. */
  readonly peakMiB: number;
  readonly processorMs: number;
  /** 0: that of another process is not known. */
  readonly waitedMs: number;
}

/**
 * Checks generated code with the project's options and without emitting, in a folder that has nothing else. Throws with what the compiler
 * says when it finds an error.
 */
export async function typeCheck(folder: string, generated: string): Promise<TypeCheck> {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const paths = {
    photinus: [`${root}runtime/index.ts`],
    "photinus/v1": [`${root}runtime/api/codegen-v1.ts`],
  };
  const config = {
    extends: `${root}tsconfig.json`,
    compilerOptions: { paths },
    include: [generated],
    exclude: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const began = performance.now();
  const before = childrenMs();
  const output = await run(folder);
  const seconds = (performance.now() - began) / 1_000;
  const figure = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(output)?.[1]);
  if (!(figure("Files") > 0)) throw new Error(`tsc does not tell how many files it has checked: ${output}`);
  return {
    seconds,
    peakMiB: figure("Memory used") / 1_024,
    processorMs: childrenMs() - before,
    waitedMs: 0,
  };
}

/** Processor time of all children of this process that have ended, as Linux tells it; 0 elsewhere. */
function childrenMs(): number {
  try {
    // The name of the program, in parentheses, may have spaces.
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)!.split(" ");
    const [user, system] = [Number(fields[13]), Number(fields[14])];
    return (user + system) * msOfTick;
  } catch {
    return 0;
  }
}

function run(folder: string): Promise<string> {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const child = spawn(process.execPath, [compiler, "-p", ".", "--extendedDiagnostics"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(`tsc does not accept what was generated:\n${output.split("\n").slice(0, 20).join("\n")}`),
        );
    });
  });
}
