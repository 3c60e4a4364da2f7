import type { Clock } from "../clock/clock.ts";

/**
 * A second signal within this time is the first one again: a terminal and `npm start` both hand on one Ctrl-C.
 */
const sameSignalMs = 500;

/**
 * The first SIGINT, SIGTERM or SIGHUP calls `stop`, a later one `kill`. Returns a function that listens no more.
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
