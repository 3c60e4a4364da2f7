import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isPhotinusError } from "../../../schema/errors.ts";

/** The folder that holds `runtime/` and `schema/`: of the sources, or of what was built of them. */
const ownFolder = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * What went wrong in a user's code, for a person, in one line, and what to do where that is known. An error of ours that a
 * user's code led to is told with its code and that code's place; one that comes from Photinus alone says all in its reason.
 */
export function explain(error: unknown): { readonly reason: string; readonly remedy: string | undefined } {
  if (isPhotinusError(error)) {
    const place = userPlaceOf(error);
    return {
      reason: place === undefined ? error.reason : `${error.message} (at ${place})`,
      remedy: undefined,
    };
  }
  if (!(error instanceof Error)) return { reason: String(error), remedy: undefined };
  const message = error.message.trim().split("\n", 1)[0] ?? "";
  const place = placeOf(error);
  const reason = `${error.name}: ${message}${place === undefined ? "" : ` (at ${place})`}`;
  return { reason, remedy: remedyOf(error, message) };
}

/** The reason of our own errors; of others the message, the place, and what to do where that is known. */
export function reasonOf(error: unknown): string {
  const { reason, remedy } = explain(error);
  return remedy === undefined ? reason : `${reason}; ${remedy}`;
}

/** `/game/table.ts:12`: the line that does not compile, or the first line of the stack that is not of Node.js itself. */
function placeOf(error: Error): string | undefined {
  const stack = error.stack ?? "";
  // Node.js puts the place of what it cannot compile above the message.
  const header = /^(?:file:\/\/)?(\/[^\n]*:\d+)\n/.exec(stack)?.[1];
  if (header !== undefined) return header;
  // The stacks of these lead through the loader to whoever imported the module, and not into it.
  if (error instanceof SyntaxError || codeOf(error) === "ERR_MODULE_NOT_FOUND") return undefined;
  return framesOf(error)[0];
}

/** The place in the user's own code that led to an error of ours: the first that is neither ours, generated, nor a package's. */
export function userPlaceOf(error: Error): string | undefined {
  return framesOf(error).find((place) => !isOwn(place) && !isGenerated(place.replace(/:\d+:\d+$/, "")));
}

function isOwn(place: string): boolean {
  return (
    place.includes("/node_modules/") ||
    ["runtime/", "schema/", "codegen/", "clients/typescript/"].some((part) =>
      place.startsWith(ownFolder + part),
    )
  );
}

/** The places of a stack that are not of Node.js itself, the innermost first. */
function framesOf({ name, message, stack = "" }: Error): string[] {
  const head = `${name}: ${message}`;
  const frames = stack.startsWith(head) ? stack.slice(head.length) : stack;
  const pattern = /^ +at (?:.*\()?(?:async )?(?:file:\/\/)?(\/[^()\n]+:\d+:\d+)\)?$/gm;
  return [...frames.matchAll(pattern)].map(([, place = ""]) => place);
}

function remedyOf(error: Error, message: string): string | undefined {
  if (codeOf(error) !== "ERR_MODULE_NOT_FOUND") return undefined;
  const name = /^Cannot find package '([^']+)'/.exec(message)?.[1];
  if (name !== undefined) return `install it: npm install ${name}`;
  const path = /^Cannot find module '([^']+)'/.exec(message)?.[1] ?? "";
  const meant = [`${path}.ts`, path.replace(/\.js$/, ".ts"), `${path}/index.ts`].find(
    (other) => other !== path && existsSync(other),
  );
  if (meant !== undefined) return `import it by its whole name, ${meant}`;
  return isGenerated(path) ? "generate it: photinus codegen" : undefined;
}

/** Whether a path looks like one that the generator writes. */
export function isGenerated(path: string): boolean {
  return /\/generated\/|\/(protocol|[\w.]+\.(messages|services|client))\.(ts|js)$/.test(path);
}

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}
