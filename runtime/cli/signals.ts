import type { Clock } from "../clock/clock.ts";

/** Time within which a second signal counts as a copy of the first, in ms: a terminal and `npm start` both send one Ctrl-C. */
const sameSignalMs = 500;

/**
 * Calls `stop` on the first SIGINT, SIGTERM or SIGHUP, and `kill` on later ones. Returns a function that removes the listeners.
 */
export function onStopSignals(
  clock: Clock,
  actions: { readonly stop: (signal: string) => void; readonly kill: (signal: string) => void },
): () => void {
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const now = clock.now();
    if (firstAt === undefined) {
      firstAt = now;
      actions.stop(signal);
    } else if (now - firstAt >= sameSignalMs) {
      actions.kill(signal);
    }
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
}
