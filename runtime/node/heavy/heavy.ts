import type { HeavyHandler } from "../../api/service.ts";

/**
 * Makes the handler of a command or method that the schema declares `heavy`. The default export of the module,
 * `(request: Q) => Awaitable<R>`, runs on a worker thread, so that a long computation does not block the node. Request and reply
 * are copied between threads. The module has no access to sessions and nodes.
 *
 * ```ts
 * forecast: heavy(new URL("./forecast.ts", import.meta.url)),
 * ```
 */
export function heavy<Q, R>(module: URL): HeavyHandler<Q, R> {
  return Object.freeze({ module });
}
