import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { messageOf } from "../../schema/errors.ts";
import type { Schema, Service } from "../../schema/model.ts";
import { formatDiagnostic } from "../load/diagnostic.ts";
import { loadSchema } from "../load/load.ts";
import { Refusal } from "../refusal.ts";
import { checksOf } from "../target.ts";
import { builtInTargets } from "../targets.ts";
import { typescriptServer } from "../typescript/server/typescript-server-target.ts";
import { serviceStub } from "../typescript/stub/handlers.ts";
import { newStub, stubInto } from "../typescript/stub/stub-text.ts";
import { isMissing } from "../write/missing.ts";
import { resolveJobs } from "./jobs.ts";
import type { Output } from "./output.ts";

/** Options of {@link stub}. */
export interface StubOptions {
  /** Working directory; paths are relative to it. */
  readonly folder: string;
  readonly output: Output;
}

/**
 * Runs `photinus stub`: adds missing handlers of a service to a TypeScript file, and creates the file if it is missing.
 *
 * @param name name of the service; without its package, in any case
 * @param file path of the TypeScript file
 * @returns false when the schema has errors
 * @throws Refusal for an unknown or ambiguous service, a file that cannot be read, or no job with the server target
 */
export async function stub(
  name: string,
  file: string,
  flags: { readonly schema?: string; readonly out?: string },
  { folder, output }: StubOptions,
): Promise<boolean> {
  const jobs = await resolveJobs(folder, flags, builtInTargets);
  const job = jobs.find(({ targets }) => targets.includes(typescriptServer));
  if (!job)
    throw new Refusal(
      `handlers need the target ${typescriptServer.name}, which no run of codegen has; add it to photinus.codegen in package.json`,
    );
  const { schema, diagnostics } = await loadSchema({
    root: resolve(folder, job.schema),
    checks: checksOf(job.targets),
  });
  for (const diagnostic of diagnostics) output.complain(formatDiagnostic(diagnostic, job.schema));
  if (!schema) return false;

  const service = serviceStub(findService(schema, name));
  const path = resolve(folder, file);
  const module = service.module.replace(/ts$/, job.importExtension);
  const generated = relative(dirname(path), resolve(folder, job.out, "server", module));
  const specifier = generated.replaceAll("\\", "/").replace(/^(?!\.)/, "./");
  const before = await readIfThere(path);
  const { text, added } =
    before === undefined || before.trim() === ""
      ? newStub(service, specifier)
      : stubInto(before, file, service, specifier);
  if (added.length === 0) {
    output.print(`${file}: has every handler of ${service.value}`);
    return true;
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  output.print(`${file}: added ${added.join(", ")}`);
  return true;
}

/**
 * Finds a service by its full name, or by its short name in any case.
 *
 * @throws Refusal for an unknown or ambiguous name, or a service without commands and methods
 */
function findService(schema: Schema, name: string): Service {
  const services = schema.files.flatMap((file) => file.services);
  const wanted = name.toLowerCase();
  const exact = services.filter(({ fullName }) => fullName === name);
  const found = exact.length > 0 ? exact : services.filter((one) => one.name.toLowerCase() === wanted);
  const [service, second] = found;
  if (!service) {
    const names = services.map(({ fullName }) => fullName).join(", ");
    throw new Refusal(`unknown service "${name}"; services of the schema: ${names || "none"}`);
  }
  if (second) {
    throw new Refusal(
      `"${name}" is ambiguous; use the full name: ${found.map(({ fullName }) => fullName).join(", ")}`,
    );
  }
  if (service.commands.length + service.methods.length === 0) {
    throw new Refusal(`${service.fullName} has only pushes, which need no handlers`);
  }
  return service;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    const reason = messageOf(error);
    throw new Refusal(`cannot read ${path}: ${reason}; expected a TypeScript file or a new path`);
  }
}
