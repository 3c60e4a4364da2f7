import { beforeEach, describe, expect, it } from "vitest";
import { type CheckFlags, check } from "../../../../codegen/cli/check/check-command.ts";
import { release } from "../../../../codegen/cli/releases/release-command.ts";
import { CodegenFolder } from "../../../setup/codegen-folder.ts";

const proto = `syntax = "proto3";
package game;
import "photinus/options.proto";

service Hall {
  option (photinus.service) = { role: "hall" };
  rpc Open(Door) returns (Door) { option (photinus.command) = { id: 1 }; }
}
message Door {
  uint32 number = 1;
}
`;

const project = CodegenFolder.forEachTest();
const { commit, git, put, read, run } = project;

function checked(flags: CheckFlags): Promise<0 | 1> {
  return check(flags, { folder: project.path, environment: {}, output: project.output });
}

beforeEach(async () => {
  git("init", "-q", "-b", "main");
  await put("schema/game.proto", proto);
  await run();
  commit();
  project.forget();
});

describe("the place of a call whose service is gone, too", () => {
  const top = 'syntax = "proto3";\npackage game;\nimport "photinus/options.proto";\n';
  const door = "message Door {\n  uint32 number = 1;\n}\n";
  const service = (name: string, ...rpcs: string[]) =>
    `service ${name} {\n  option (photinus.service) = { role: "hall" };\n${rpcs.join("")}}\n`;
  const rpc = (name: string, id: number) =>
    `  rpc ${name}(Door) returns (Door) { option (photinus.command) = { id: ${id} }; }\n`;

  it("is that of the former schema, and no allowance on this line of the new one counts", async () => {
    await put(
      "schema/game.proto",
      top + service("Old", rpc("Gone", 5)) + service("Hall", rpc("Open", 6), rpc("Shut", 7)) + door,
    );
    commit();
    const allow = "\n// photinus:allow command-deleted nobody shuts it\n";
    await put("schema/game.proto", top + allow + service("Hall", rpc("Open", 6)) + door);
    expect(await checked({ against: "HEAD", json: true })).toBe(1);
    const { schemas } = JSON.parse(project.printed.at(-1) ?? "");
    const found = schemas[0].changes.map((one: { subject: string; line: number; verdict: string }) => [
      one.subject,
      one.line,
      one.verdict,
    ]);
    expect(found).toEqual([
      ["game.Hall.Shut", 6, "warn"],
      ["game.Old.Gone", 6, "error"],
    ]);
  });
});

describe("photinus check of a schema whose folder is not in the commit", () => {
  it("compares a moved schema with the last release of its lock file", async () => {
    const { output } = project;
    await release({}, { folder: project.path, output });
    await put("other/other.proto", proto.replace("package game", "package other").replace("id: 1", "id: 3"));
    await put("moved/photinus.lock.json", await read("schema/photinus.lock.json"));
    await put("moved/game.proto", proto.replace("id: 1", "id: 2"));
    const codegen = [{ schema: "moved" }, { schema: "other", out: "more" }];
    await put("package.json", JSON.stringify({ photinus: { codegen } }));
    expect(await checked({ against: "HEAD" })).toBe(1);
    expect(project.printed).toContain("moved: not in HEAD");
    expect(project.printed).toContain("moved compared with release 1 of its lock file: 2 changes");
    await put("moved/game.proto", proto);
    expect(await checked({ against: "HEAD" })).toBe(0);
  });

  it("fails with an unreadable lock file, since renames and releases are unknown", async () => {
    await put("schema/photinus.lock.json", "<<<<<<< main\n");
    expect(await checked({ against: "HEAD" })).toBe(1);
    expect(project.complained[0]).toContain("PH090: invalid JSON in the lock file");
  });

  it("prints at most ten errors of a folder that is not a schema folder", async () => {
    await put("before/game.proto", proto + "message Door {}\n".repeat(20));
    const error: unknown = await checked({ against: "before" }).catch((thrown: unknown) => thrown);
    const lines = String(error).split("\n");
    expect(lines.filter((line) => line.includes(" error ")).length).toBe(10);
    expect(lines.at(-1)).toBe("and 10 more errors");
  });
});
