import { existsSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { messageOf } from "../../schema/errors.ts";
import { resolveJob } from "../cli/jobs.ts";
import { SchemaSources } from "../cli/sources.ts";
import { generate } from "../generate.ts";
import { type Diagnostic, formatDiagnostic, Report } from "../load/diagnostic.ts";
import { type LoadOptions, ownFolder, ParsedFiles, readSources, type Sources } from "../load/files.ts";
import { googleFolder } from "../load/google.ts";
import { loadSchema } from "../load/load.ts";
import { lockPath, lockSchema } from "../lock/file.ts";
import { lockFileName } from "../lock/lock.ts";
import { Refusal } from "../refusal.ts";
import { checksOf, type Target } from "../target.ts";
import { UnreadableOptions } from "./option-texts.ts";
import { type Parameters, parseParameters } from "./parameters.ts";
import type { Request, Response } from "./request.ts";
import { type Difference, differenceOf } from "./same.ts";

/** Options of {@link runPlugin}. */
export interface PluginOptions {
  /** Working directory; paths in parameters are relative to it. */
  readonly folder: string;
  /** Targets that a parameter may name. */
  readonly targets: readonly Target[];
  /** Receives warnings, line by line: a response of the protocol has no field for them. */
  readonly warn: (line: string) => void;
}

/**
 * Answers a request of protoc or buf with the files of `photinus codegen`, or with the errors of the schema or the parameters.
 * Writes nothing.
 *
 * @throws Error for defects, and when the file system fails
 */
export async function runPlugin(request: Request, options: PluginOptions): Promise<Response> {
  try {
    return await generateFor(request, parseParameters(request.parameter ?? ""), options);
  } catch (error) {
    if (error instanceof Refusal) return { error: error.message };
    throw error;
  }
}

/**
 * Generates the files for a request.
 *
 * @throws Refusal for parameters or files that do not fit the schema folder
 */
async function generateFor(
  request: Request,
  parameters: Parameters,
  { folder, targets, warn }: PluginOptions,
): Promise<Response> {
  const { lock: lockFile, ...flags } = parameters;
  const ownMessages = targets.find((one) => one.isOfOwnMessages && flags.targets?.includes(one.name));
  if (ownMessages !== undefined)
    throw new Refusal(
      `the target "${ownMessages.name}" is not generated from a schema; run photinus codegen for it`,
    );
  const ofSchemas = targets.filter(({ isOfOwnMessages }) => !isOfOwnMessages);
  const job = resolveJob(flags, ofSchemas);
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
  const difference = compare(await readSources(load, new Report()), request);
  if (difference !== undefined) {
    throw new Refusal(
      `${job.schema}/${difference.file} differs from the compiled file: ${difference.text}\n` +
        "  help: compile the files of that folder, or name the compiled folder with the parameter schema=DIR",
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
      `warning: ${path} lacks ids or numbers of this schema; run photinus codegen, which writes the lock file`,
    );
  }
  const { importExtension } = job;
  return { files: generate(schema, job.targets, { importExtension, lock: lock.lock }) };
}

/** Finds a difference between disk and request. Throws Refusal for option bytes that cannot be decoded. */
function compare(sources: Sources, request: Request): Difference | undefined {
  try {
    return differenceOf(sources, request.protoFile ?? []);
  } catch (error) {
    if (!(error instanceof UnreadableOptions)) throw error;
    throw new Refusal(
      `the request has malformed options (${messageOf(error)}); expected the encoded options of protoc or buf`,
    );
  }
}

/** Folder of the lock file: the schema's root by default. A named file must exist. */
function lockFolder(root: string, folder: string, lockFile: string | undefined): string {
  if (lockFile === undefined) return root;
  if (basename(lockFile) !== lockFileName)
    throw new Refusal(`lock=${lockFile} is not a lock file; expected a path that ends with ${lockFileName}`);
  const path = resolve(folder, lockFile);
  if (!existsSync(path))
    throw new Refusal(`lock=${lockFile}: file not found; run photinus codegen, which writes it`);
  return dirname(path);
}

/** Refuses a request for other files than those of the folder: index, gate table and fingerprint depend on the whole schema. */
function refuseOtherFiles(
  compiled: readonly string[],
  onDisk: readonly string[] | undefined,
  schema: string,
): void {
  if (onDisk === undefined)
    throw new Refusal(`schema folder ${schema} not found; name it with the parameter schema=DIR`);
  const asked = compiled.filter((path) => !path.startsWith(ownFolder) && !path.startsWith(googleFolder));
  const strange = asked.filter((path) => !onDisk.includes(path));
  if (strange.length > 0) {
    throw new Refusal(
      `compiled files are not in the folder ${schema}: ${strange.join(", ")}\n` +
        "  help: name the folder that holds them with the parameter schema=DIR",
    );
  }
  const missing = onDisk.filter((path) => !asked.includes(path));
  if (missing.length > 0) {
    throw new Refusal(
      `files of the folder ${schema} were not compiled: ${missing.join(", ")}\n` +
        "  help: compile the whole schema; with buf write strategy: all in buf.gen.yaml, with protoc name every file",
    );
  }
}
