import { existsSync } from "node:fs";
import { isPhotinusError } from "../../../schema/errors.ts";

/** What went wrong in a user's code, for a person, in one line, and what to do where that is known. */
export function explain(error: unknown): { readonly reason: string; readonly remedy: string | undefined } {
  if (isPhotinusError(error)) return { reason: error.reason, remedy: undefined };
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
  const frames = stack.startsWith(`${error.name}: ${error.message}`)
    ? stack.slice(error.name.length + 2 + error.message.length)
    : stack;
  return /^ +at (?:.*\()?(?:async )?(?:file:\/\/)?(\/[^()\n]+:\d+:\d+)\)?$/m.exec(frames)?.[1];
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
