import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";

/** Files that exist in memory only, by path below the schema root. */
export type Files = Readonly<Record<string, string>>;

/** What protobuf's own compiler says of a schema. */
export type Compiled =
  | { readonly accepted: true; readonly files: readonly FileProto[] }
  | { readonly accepted: false; readonly errors: string };

export interface FileProto {
  readonly name: string;
  readonly package: string;
  readonly messageType: readonly MessageProto[];
  readonly enumType: readonly EnumProto[];
  readonly service: readonly ServiceProto[];
}

export interface MessageProto {
  readonly name: string;
  readonly field: readonly FieldProto[];
  readonly nestedType: readonly MessageProto[];
  readonly enumType: readonly EnumProto[];
  readonly oneofDecl: readonly { readonly name: string }[];
  readonly options: { readonly mapEntry?: boolean } | null;
}

export interface FieldProto {
  readonly name: string;
  readonly number: number;
  readonly label: number;
  readonly type: number;
  readonly typeName: string;
  readonly oneofIndex: number;
  readonly proto3Optional: boolean;
  readonly options: { readonly packed?: boolean | null; readonly jstype?: number | null } | null;
}

export interface EnumProto {
  readonly name: string;
  readonly value: readonly { readonly name: string; readonly number: number }[];
}

export interface ServiceProto {
  readonly name: string;
  readonly method: readonly {
    readonly name: string;
    readonly inputType: string;
    readonly outputType: string;
  }[];
}

const ownSchema = fileURLToPath(new URL("../../../schema", import.meta.url));

/** Compiles files of a folder with protoc. They can import `photinus/options.proto` and Google's files. */
export function compileFolder(root: string, files: readonly string[]): Compiled {
  const scratch = mkdtempSync(join(tmpdir(), "photinus-protoc-"));
  try {
    return run(root, files, join(scratch, "set"));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Compiles files that exist in memory only. */
export function compile(files: Files): Compiled {
  const scratch = mkdtempSync(join(tmpdir(), "photinus-protoc-"));
  try {
    const root = join(scratch, "root");
    mkdirSync(root);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return run(root, Object.keys(files), join(scratch, "set"));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function run(root: string, files: readonly string[], set: string): Compiled {
  const include = [`--proto_path=${root}`, `--proto_path=${ownSchema}`];
  const { stderr, status, error } = spawnSync("protoc", [
    ...include,
    "--include_imports",
    `--descriptor_set_out=${set}`,
    ...files,
  ]);
  if (error) throw new Error("protoc is needed: apt install protobuf-compiler", { cause: error });
  if (status === null) throw new Error(`protoc was ended by a signal: ${stderr.toString()}`);
  if (status !== 0) return { accepted: false, errors: stderr.toString() };
  const type = descriptor.FileDescriptorSet as unknown as protobuf.Type;
  const decoded = type.decode(readFileSync(set)) as unknown as { readonly file: readonly FileProto[] };
  return { accepted: true, files: decoded.file };
}
