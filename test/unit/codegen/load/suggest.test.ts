import { describe, expect, it } from "vitest";
import { loadFiles } from "./schemas.ts";

describe("imports that are missing", () => {
  it("are each told once at their place, also when there are thousands", async () => {
    const count = 1_500;
    const name = (i: number): string => `services/group${i}/v1/resources_of_${i * 7919}.proto`;
    const text = (i: number): string =>
      `syntax = "proto3";\nimport "elsewhere/${i * 104_729}/things_${i}.proto";\n`;
    const files = Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), text(i)]));
    const { diagnostics } = await loadFiles(files);
    expect(diagnostics).toHaveLength(count);
    expect(diagnostics.every(({ code, location }) => code === "PH003" && location.line === 2)).toBe(true);
  });

  it("are told once where many places of a file need what they declare", async () => {
    const { diagnostics } = await loadFiles({
      "a.proto": `syntax = "proto3";
        message A { option (photinus.table) = { name: "a" }; int32 a = 1 [(photinus.data) = SECRET]; }
        service S { option (photinus.service) = { role: "s" };
          rpc One(A) returns (A) { option (photinus.command) = { id: 1 }; }
          rpc Two(photinus.Raw) returns (photinus.None) { option (photinus.command) = { id: 2 }; } }`,
    });
    const missing = diagnostics.filter(({ code }) => code === "PH005");
    expect(missing).toMatchObject([
      { location: { line: 2, column: 29 }, help: 'import "photinus/options.proto";' },
    ]);
  });
});
