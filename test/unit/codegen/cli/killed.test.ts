import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { CodegenFolder } from "../../../setup/codegen-folder.ts";

const main = fileURLToPath(new URL("../../../../runtime/main.ts", import.meta.url));

const proto = (name: string, id: number) => `syntax = "proto3";
package ${name};
import "photinus/options.proto";
service ${name.toUpperCase()} {
  option (photinus.service) = { role: "${name}" };
  rpc Do${name}(Body) returns (Body) { option (photinus.command) = { id: ${id} }; }
}
message Body { uint32 number = 1; }
`;

const project = CodegenFolder.forEachTest();
beforeEach(() => mkdir(join(project.path, "schema")));

const run = (check = false) => project.run({}, { check });
const schema = (name: string) => join(project.path, "schema", `${name}.proto`);

/** Every file that codegen writes, by path. */
async function texts(): Promise<Record<string, string>> {
  const paths = (await project.files()).filter((path) => !path.endsWith(".proto"));
  const read = async (path: string) => [path, await project.read(path)] as const;
  return Object.fromEntries(await Promise.all(paths.map(read)));
}

/** Runs codegen in a process that is killed in the middle of its `count`th write; tells whether it came to that. */
async function killed(count: number): Promise<boolean> {
  const hook = `import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    const { writeFileSync } = fs;
    let left = ${count};
    fs.writeFileSync = (path, text) => {
      if (--left > 0) return writeFileSync(path, text);
      writeFileSync(path, text.slice(0, text.length / 2));
      process.kill(process.pid, "SIGKILL");
    };
    syncBuiltinESMExports();`;
  const args = ["-C", "photinus-source", "--import", `data:text/javascript,${encodeURIComponent(hook)}`];
  const child = spawn(process.execPath, [...args, main, "codegen"], { cwd: project.path, stdio: "ignore" });
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  if (signal === null) expect(code).toBe(0);
  return signal === "SIGKILL";
}

describe("a run that is killed in the middle", () => {
  // The first write is the manifest's, the last but one the lock file's.
  it.each([1, 2, 6, 9, 10, 11])(
    "while it writes file %s is noticed by a check, and leaves nothing that a later run does not clear",
    async (count) => {
      await writeFile(schema("a"), proto("a", 1));
      expect(await run()).toBe(true);
      const wanted = await texts();
      await writeFile(schema("b"), proto("b", 2));
      expect(await killed(count)).toBe(true);
      expect((await project.files()).filter((path) => path.endsWith(".tmp"))).toHaveLength(1);
      expect(await run(true)).toBe(false);

      // Not what it was about to write, but what was there before.
      await rm(schema("b"));
      await rm(join(project.path, "schema/photinus.lock.json"));
      expect(await run()).toBe(true);
      expect(await texts()).toEqual(wanted);
      expect(await run(true)).toBe(true);
    },
    30_000,
  );

  it("writes what it writes in so many steps", async () => {
    await writeFile(schema("a"), proto("a", 1));
    await run();
    await writeFile(schema("b"), proto("b", 2));
    expect(await killed(12)).toBe(false);
    expect(await run(true)).toBe(true);
  });

  it("leaves a file alone that came where it was about to write one", async () => {
    await writeFile(schema("a"), proto("a", 1));
    await run();
    await writeFile(schema("b"), proto("b", 2));
    expect(await killed(2)).toBe(true);
    const mine = join(project.path, "generated/server/b/b.service.ts");
    await project.put("generated/server/b/b.service.ts", "mine");
    await expect(run()).rejects.toThrow("generated/server/b/b.service.ts\nmove them");
    await rm(schema("b"));
    expect(await run()).toBe(true);
    expect(await readFile(mine, "utf8")).toBe("mine");
    expect(await run(true)).toBe(true);
  });
});
