import type { HeavyHandler } from "../../api/service.ts";

/**
 * The handler of a command or method that the schema declares `heavy`: a module whose default export
 * `(request: Q) => Awaitable<R>` runs on a worker thread, so that a long computation does not hold up the node. Request and
 * reply are copied between threads; the module knows nothing of sessions and nodes.
 *
 * ```ts
 * forecast: heavy(new URL("./forecast.ts", import.meta.url)),
 * ```
 */
export function heavy<Q, R>(module: URL): HeavyHandler<Q, R> {
  return Object.freeze({ module });
}
