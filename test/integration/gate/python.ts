import { execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Python as found on the path or where Debian installs it; with the modules that the script imports. */
export function interpreter(modules: readonly string[]): string {
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      execFileSync(python, ["-c", modules.map((name) => `import ${name}`).join("\n")], { stdio: "ignore" });
      return python;
    } catch {
      // Try the next one.
    }
  }
  throw new Error(`no python3 can import ${modules.join(", ")}; on Debian: apt-get install python3-msgpack`);
}

/** Runs a script of this folder; resolves with the JSON that it prints, rejects with what it complained of. */
export function runPython(
  script: string,
  args: readonly string[],
  modules: readonly string[],
): Promise<unknown> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(interpreter(modules), [file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let complaint = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    complaint += String(chunk);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(output));
      else reject(new Error(`${script} ended with ${code}: ${complaint}`));
    });
  });
}
