import { existsSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { resolveJob } from "../cli/jobs.ts";
import { SchemaSources } from "../cli/sources.ts";
import { generate } from "../generate.ts";
import { type Diagnostic, formatDiagnostic, Report } from "../load/diagnostic.ts";
import { type LoadOptions, ownFolder, ParsedFiles, readSources } from "../load/files.ts";
import { googleFolder } from "../load/google.ts";
import { loadSchema } from "../load/load.ts";
import { lockPath, lockSchema } from "../lock/file.ts";
import { lockFileName } from "../lock/lock.ts";
import { Refusal } from "../refusal.ts";
import { checksOf, type Target } from "../target.ts";
import { type Parameters, parseParameters } from "./parameters.ts";
import type { Request, Response } from "./request.ts";
import { differenceOf } from "./same.ts";

export interface PluginOptions {
  /** The folder that paths in parameters are relative to. */
  readonly folder: string;
  /** The targets that there are. */
  readonly targets: readonly Target[];
  /** Takes warnings, line by line: an answer has no place for them. */
  readonly warn: (line: string) => void;
}

/** Answers a request of protoc or buf: with the files of `photinus codegen`, or with what is wrong. Writes nothing. */
export async function runPlugin(request: Request, options: PluginOptions): Promise<Response> {
  try {
    return await generateFor(request, parseParameters(request.parameter ?? ""), options);
  } catch (error) {
    if (error instanceof Refusal) return { error: error.message };
    throw error;
  }
}

async function generateFor(
  request: Request,
  parameters: Parameters,
  { folder, targets, warn }: PluginOptions,
): Promise<Response> {
  const { lock: lockFile, ...flags } = parameters;
  const job = resolveJob(flags, targets);
  const ownMessages = job.targets.find(({ isOfOwnMessages }) => isOfOwnMessages);
  if (ownMessages !== undefined)
    throw new Refusal(
      `the target "${ownMessages.name}" is not made of a schema; run photinus codegen for it`,
    );
  const root = resolve(folder, job.schema);
  const lockRoot = lockFolder(root, folder, lockFile);
  const sources = await SchemaSources.in(root);
  refuseOtherFiles(request.fileToGenerate ?? [], sources.paths, job.schema);

  const load: LoadOptions = {
    root,
    checks: checksOf(job.targets),
    files: sources.paths ?? [],
    readFile: async (path) => sources.load(path),
    parsed: new ParsedFiles(),
  };
  const difference = differenceOf(await readSources(load, new Report()), request.protoFile ?? []);
  if (difference !== undefined) {
    throw new Refusal(
      `${job.schema}/${difference.file} is not the file that was compiled: ${difference.text}\n` +
        "  help: compile the files of that folder, or name the folder that is compiled with the parameter schema=DIR",
    );
  }
  const textOf = (found: readonly Diagnostic[]) => found.map((one) => formatDiagnostic(one, job.schema));
  const { schema, diagnostics } = await loadSchema(load);
  if (!schema) return { error: textOf(diagnostics).join("\n") };
  const lock = await lockSchema(schema, lockRoot);
  const told = textOf([...diagnostics, ...lock.diagnostics]);
  if (lock.text === undefined) return { error: told.join("\n") };
  for (const line of told) warn(line);
  if (lock.stale) {
    const path = relative(folder, lockPath(lockRoot));
    warn(
      `warning: ${path} does not have this schema's ids and numbers; run photinus codegen, which alone writes it`,
    );
  }
  const { importExtension } = job;
  return { files: generate(schema, job.targets, { importExtension, lock: lock.lock }) };
}

/** The folder of the lock file; one that is named has to be there. */
function lockFolder(root: string, folder: string, lockFile: string | undefined): string {
  if (lockFile === undefined) return root;
  if (basename(lockFile) !== lockFileName)
    throw new Refusal(`lock=${lockFile} names no lock file; its name has to be ${lockFileName}`);
  const path = resolve(folder, lockFile);
  if (!existsSync(path))
    throw new Refusal(`lock=${lockFile}: there is no such file; run photinus codegen, which writes it`);
  return dirname(path);
}

/** A schema is generated whole: the index, the gate's table and the fingerprint are made of all its files. */
function refuseOtherFiles(
  compiled: readonly string[],
  onDisk: readonly string[] | undefined,
  schema: string,
): void {
  if (onDisk === undefined)
    throw new Refusal(`there is no folder ${schema}; name the schema's folder with the parameter schema=DIR`);
  const asked = compiled.filter((path) => !path.startsWith(ownFolder) && !path.startsWith(googleFolder));
  const strange = asked.filter((path) => !onDisk.includes(path));
  if (strange.length > 0) {
    throw new Refusal(
      `these files were compiled, but are not in the folder ${schema}: ${strange.join(", ")}\n` +
        "  help: name the folder that holds them with the parameter schema=DIR",
    );
  }
  const missing = onDisk.filter((path) => !asked.includes(path));
  if (missing.length > 0) {
    throw new Refusal(
      `the request leaves out files of the folder ${schema}: ${missing.join(", ")}\n` +
        "  help: a schema is generated whole; with buf write strategy: all in buf.gen.yaml, with protoc name every file",
    );
  }
}
