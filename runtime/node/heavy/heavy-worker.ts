import { isPhotinusError } from "../../../schema/errors.ts";
import type { HeavyOutcome, HeavyTask } from "./heavy-task.ts";

/**
 * Entry of a worker thread: runs the default export of the user's module. Errors return as plain data, because a copied error
 * object loses its code. A default export, because the pool calls it.
 */
export default async function run({ module, request }: HeavyTask): Promise<HeavyOutcome> {
  try {
    const loaded: { readonly default?: unknown } = await import(module);
    const handler = loaded.default;
    if (typeof handler !== "function")
      throw new TypeError(`${module}: no default export; expected a function (request) => reply`);
    return { ok: true, reply: await handler(request) };
  } catch (error) {
    if (isPhotinusError(error)) {
      const { code, reason, retryAfterMs } = error;
      return { ok: false, code, reason, retryAfterMs };
    }
    return { ok: false, cause: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
