import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isPhotinusError } from "../../../schema/errors.ts";

/** Folder that holds `runtime/` and `schema/`, of the sources or of the built package. */
const ownFolder = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * Explains an error of a user's code in one line, with a remedy where one is known. A Photinus error that user code caused
 * has its code and the place in the user code; a Photinus error without user code has its reason alone.
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

/** Explains any error in one line: reason or message, place, and remedy where one is known. See {@link explain}. */
export function reasonOf(error: unknown): string {
  const { reason, remedy } = explain(error);
  return remedy === undefined ? reason : `${reason}; ${remedy}`;
}

/** Finds the place of an error (`/game/table.ts:12`): the line that does not compile, or the first stack line of a file. */
function placeOf(error: Error): string | undefined {
  const stack = error.stack ?? "";
  // Node.js prints the place of a syntax error above the message.
  const header = /^(?:file:\/\/)?(\/[^\n]*:\d+)\n/.exec(stack)?.[1];
  if (header !== undefined) return header;
  // The stack of such an error shows the importing loader, not the module at fault.
  if (error instanceof SyntaxError || codeOf(error) === "ERR_MODULE_NOT_FOUND") return undefined;
  return framesOf(error)[0];
}

/** Finds the user code that caused a Photinus error: the first stack line outside Photinus, generated files and packages. */
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

/** Places of a stack outside Node.js itself, innermost first. */
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
  if (meant !== undefined) return `import the file by its full name, ${meant}`;
  return isGenerated(path) ? "run photinus codegen" : undefined;
}

/** Whether a path looks like a file that the generator writes. */
export function isGenerated(path: string): boolean {
  return /\/generated\/|\/(protocol|[\w.]+\.(messages|services|client))\.(ts|js)$/.test(path);
}

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}
