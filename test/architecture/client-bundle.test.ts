import { globSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { viteChunks } from "./bundlers.ts";
import { root } from "./source-tree.ts";

interface Bundle {
  readonly code: string;
  readonly modules: readonly string[];
  /** Imports that were left as they are: nothing may be. */
  readonly open: readonly string[];
}

/** Bundles everything that a page can reach from `source`, without leaving anything out that it exports. */
async function bundle(source: string): Promise<Bundle> {
  const chunks = await viteChunks(source);
  return {
    code: chunks.map(({ code }) => code).join(""),
    modules: chunks.flatMap(({ moduleIds }) => moduleIds).map((id) => id.replace(root, "")),
    open: chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]),
  };
}

describe("the client in a bundle", () => {
  let all: Bundle;

  beforeAll(async () => {
    const services = globSync("generated/client/**/*.service.ts", { cwd: root });
    expect(services.length).toBeGreaterThan(2);
    all = await bundle(
      [
        'export { Connection, isPhotinusError, PhotinusError } from "@photinus/client";',
        'export * from "./generated/client/index.ts";',
        ...services.map((path, at) => `export * as service${at} from "./${path}";`),
      ].join("\n"),
    );
  });

  it("holds the runtime and the example's SDK", () => {
    expect(all.modules).toContain("clients/typescript/src/connection.ts");
    expect(all.modules).toContain("runtime/wire/frame/frame-format.ts");
    expect(all.modules.filter((id) => id.startsWith("generated/client/")).length).toBeGreaterThan(3);
    expect(all.modules).toContain("clients/typescript/src/transport/websocket.ts");
    expect(all.code.includes("meadow.Meadow.Enter")).toBe(true);
  });

  it("holds nothing that keeps unknown fields: a page does not pass on what it reads", () => {
    expect(all.code).not.toContain("$unknown");
  });

  it("reaches neither Node nor a package, only its own sources and the pure parts of the runtime", () => {
    expect(all.open).toEqual([]);
    const pure =
      /^(clients\/typescript\/src\/(?!node\/)|generated\/client\/|runtime\/(wire|clock|log|options)\/|runtime\/transport\/transport\.ts|schema\/(errors|caller|suggest)\.ts)/;
    const own = all.modules.filter((id) => !id.includes("entry") && !id.startsWith("\0"));
    expect(own.length).toBeGreaterThan(20);
    expect(own.filter((id) => !pure.test(id))).toEqual([]);
    expect(/__vite-browser-external|\brequire\(|["'`]node:/.test(all.code)).toBe(false);
  });

  it("is shaken down to what a page uses", async () => {
    const echoOnly = await bundle(`
      export { connect } from "./generated/client/index.ts";
      import * as login from "./generated/client/meadow/login.service.ts";
      export const echo = (connection, bytes) => login.echo(connection, bytes);
    `);
    expect(echoOnly.code.includes("meadow.Login.Echo")).toBe(true);
    expect(echoOnly.code.includes("meadow.Meadow.Enter")).toBe(false);
    expect(echoOnly.code.length).toBeLessThan(all.code.length * 0.9);
  });
});
