import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeRequest, type Request, type Response } from "../../../codegen/plugin/request.ts";
import { runPlugin } from "../../../codegen/plugin/run-plugin.ts";
import { builtInTargets } from "../../../codegen/targets.ts";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
const ownSchema = join(root, "schema");

/** What a program that was run to its end has said. */
export interface Ran {
  readonly status: number | null;
  readonly errors: string;
}

function run(folder: string, program: string, args: readonly string[]): Ran {
  const { status, stderr, error } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  if (error) throw error;
  return { status, errors: stderr };
}

function script(folder: string, name: string, line: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nexec ${line}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** The plugin as a program, run from the sources. */
export function pluginIn(folder: string): string {
  const main = join(root, "codegen/plugin/main.ts");
  return script(folder, "protoc-gen-photinus", `"${process.execPath}" -C photinus-source "${main}"`);
}

/** Copies Photinus' own files to where an installed generator has them, and gives the folder. */
export function installOwnSchema(folder: string): string {
  const path = "node_modules/@photinus/codegen/dist/schema";
  mkdirSync(join(folder, path), { recursive: true });
  cpSync(join(ownSchema, "photinus"), join(folder, path, "photinus"), { recursive: true });
  return path;
}

/** The `.proto` files below a folder, as protoc names them. */
export function protosIn(schema: string): string[] {
  const paths = globSync("**/*.proto", { cwd: schema }).map((path) => path.replaceAll("\\", "/"));
  return paths.filter((path) => !path.startsWith("photinus/")).sort();
}

/** Runs protoc with the plugin: `out` is made, and takes what it writes. */
export function protoc(
  folder: string,
  { schema = "schema", out = "out", opt = "" }: { schema?: string; out?: string; opt?: string } = {},
): Ran {
  mkdirSync(join(folder, out), { recursive: true });
  return run(folder, "protoc", [
    `--plugin=protoc-gen-photinus=${pluginIn(folder)}`,
    ...[`--proto_path=${schema}`, `--proto_path=${ownSchema}`],
    `--photinus_out=${out}`,
    ...(opt === "" ? [] : [`--photinus_opt=${opt}`]),
    ...protosIn(join(folder, schema)),
  ]);
}

/** Runs `buf generate`, by the buf.yaml and buf.gen.yaml of the folder. */
export function buf(folder: string): Ran {
  return run(folder, process.execPath, [join(root, "node_modules/@bufbuild/buf/bin/buf"), "generate"]);
}

/** What protoc asks a plugin for the files of a folder; undefined when it refuses them. */
export function requestFor(
  folder: string,
  schema = "schema",
  files?: readonly string[],
): Request | undefined {
  const dump = script(folder, "protoc-gen-dump", `cat > "${join(folder, "request")}"`);
  const { status } = run(folder, "protoc", [
    `--plugin=protoc-gen-dump=${dump}`,
    ...[`--proto_path=${schema}`, `--proto_path=${ownSchema}`, "--dump_out=."],
    ...(files ?? protosIn(join(folder, schema))),
  ]);
  return status === 0 ? decodeRequest(readFileSync(join(folder, "request"))) : undefined;
}

/** Answers a request in this process, in a folder. */
export async function answer(
  folder: string,
  request: Request,
  parameter = "",
): Promise<Response & { readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const response = await runPlugin(
    { ...request, parameter },
    { folder, targets: builtInTargets, warn: (line) => void warnings.push(line) },
  );
  return { ...response, warnings };
}

/** The files below a folder with their texts; the manifest is the command's alone. */
export function textsIn(folder: string): Record<string, string> {
  const entries = globSync("**/*.*", { cwd: folder }).map((path) => path.replaceAll("\\", "/"));
  const paths = entries.filter((path) => path !== "manifest.json").sort();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}
