import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Protocol } from "../../api/protocol.ts";
import { shown } from "../../options/option-resolver.ts";
import { isRecord, type Path } from "../../options/option-rules.ts";
import { explain, isGenerated } from "../diagnosis/error-reason.ts";
import type { Problems } from "../diagnosis/topology-problem.ts";

/**
 * Returns the URL of a module that a topology names by path, relative to `directory`, or by URL. Returns undefined and adds a
 * problem for a missing file.
 */
export function moduleUrl(
  value: string | URL,
  directory: string,
  path: Path,
  problems: Problems,
): URL | undefined {
  const isUrl = value instanceof URL || value.startsWith("file:");
  const location = isUrl ? fileURLToPath(value) : resolve(directory, value);
  const isFile = statSync(location, { throwIfNoEntry: false })?.isFile() ?? false;
  if (isFile) return pathToFileURL(location);
  const byPath = "expected the path of a module, relative to the topology file, with its extension";
  const remedy = isGenerated(location) ? "run photinus codegen" : byPath;
  problems.add("module-missing", path, `file ${location} not found`, remedy);
  return undefined;
}

/** Returns the protocol of a topology; imports it from a path or URL. Returns undefined and adds a problem on failure. */
export async function loadProtocol(
  value: unknown,
  directory: string,
  problems: Problems,
): Promise<Protocol | undefined> {
  const path = ["protocol"];
  if (typeof value !== "string" && !(value instanceof URL)) {
    if (isProtocol(value)) return value;
    const remedy = 'expected the "protocol" of the generated code, or the path of its module';
    problems.add("protocol-unusable", path, `${shown(value)} is not a protocol`, remedy);
    return undefined;
  }
  const url = moduleUrl(value, directory, path, problems);
  if (url === undefined) return undefined;
  try {
    const module: unknown = await import(url.href);
    if (isRecord(module) && isProtocol(module["protocol"])) return module["protocol"];
    const remedy = 'expected the path of the generated "protocol.ts"';
    problems.add("protocol-unusable", path, `${fileURLToPath(url)} exports no "protocol"`, remedy);
  } catch (error) {
    const { reason, remedy = "fix the error" } = explain(error);
    problems.add("protocol-unusable", path, `${fileURLToPath(url)} cannot be loaded: ${reason}`, remedy);
  }
  return undefined;
}

function isProtocol(value: unknown): value is Protocol {
  return (
    isRecord(value) &&
    typeof value["fingerprint"] === "string" &&
    Array.isArray(value["commands"]) &&
    Array.isArray(value["pushes"]) &&
    Array.isArray(value["methods"])
  );
}
