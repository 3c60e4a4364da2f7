import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build as esbuild, transform } from "esbuild";
import { rollup } from "rollup";
import { type Rolldown, build as viteBuild } from "vite";
import { root } from "./source-tree.ts";

const entry = "\0entry";
const target = "es2022";
const client = `${root}clients/typescript/src/index.ts`;
const cipher = `${root}clients/typescript/src/cipher/cipher.ts`;

/** What a bundler makes of a module: minified code for a page. */
type Bundler = (source: string) => Promise<string>;

/** Bundlers of today's pages, by name. Each resolves the client's sources, and leaves no export of the module out. */
export const bundlers: Readonly<Record<string, Bundler>> = {
  async esbuild(source) {
    const { outputFiles } = await esbuild({
      stdin: { contents: source, resolveDir: root, loader: "ts" },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      conditions: ["photinus-source"],
      target,
      write: false,
    });
    return outputFiles.map(({ text }) => text).join("");
  },

  /** Rollup neither reads TypeScript nor minifies: esbuild does both to single files, and shakes nothing there. */
  async rollup(source) {
    const bundle = await rollup({
      input: entry,
      onwarn: (warning) => {
        throw new Error(warning.message);
      },
      plugins: [
        {
          name: "sources",
          resolveId(id, importer) {
            if (id === entry) return id;
            if (id === "@photinus/client") return { id: client, moduleSideEffects: false };
            if (id === "@photinus/client/cipher") return { id: cipher, moduleSideEffects: false };
            if (id.startsWith("@noble/")) {
              return { id: fileURLToPath(import.meta.resolve(id)), moduleSideEffects: false };
            }
            const path = resolve(importer === undefined || importer === entry ? root : dirname(importer), id);
            // As the client's package.json says.
            return path.startsWith(`${root}clients/web`) ? path : { id: path, moduleSideEffects: false };
          },
          async load(id) {
            const text = id === entry ? source : readFileSync(id, "utf8");
            return (await transform(text, { loader: "ts", target })).code;
          },
        },
      ],
    });
    const { output } = await bundle.generate({ format: "esm" });
    const code = output.map((chunk) => ("code" in chunk ? chunk.code : "")).join("");
    return (await transform(code, { minify: true, format: "esm", target })).code;
  },

  async vite(source) {
    return (await viteChunks(source)).map(({ code }) => code).join("");
  },
};

/** Chunks that Vite makes of a module. */
export async function viteChunks(source: string): Promise<readonly Rolldown.OutputChunk[]> {
  const result = await viteBuild({
    root,
    configFile: false,
    logLevel: "silent",
    resolve: { conditions: ["photinus-source", "browser", "module", "import", "default"] },
    plugins: [
      {
        name: "entry",
        enforce: "pre",
        resolveId: (id) => (id === "virtual:entry" ? entry : undefined),
        load: (id) => (id === entry ? source : undefined),
      },
    ],
    build: {
      write: false,
      target,
      minify: true,
      rolldownOptions: { input: "virtual:entry", preserveEntrySignatures: "strict", external: [] },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]) as Rolldown.RolldownOutput[];
  return outputs.flatMap(({ output }) => output).filter((file) => file.type === "chunk");
}

/** Bytes on the network. */
export function gzipped(code: string): number {
  return gzipSync(code, { level: 9 }).length;
}
