import { emptyBytes } from "../../wire/empty-bytes.ts";
import type { AcceptedConnection } from "./accepted-connection.ts";

/**
 * Reads a connection, after the bytes that were read already, until `decide` returns what comes next; that runs once the connection is
 * paused. `decide` gets all bytes of the stage so far, and has to bound them; their memory may be reused after the call. Calls `onEnd`
 * when the connection ends before. A destroyed connection calls neither.
 */
export function readStage(
  connection: AcceptedConnection,
  already: Uint8Array,
  decide: (seen: Uint8Array) => (() => void) | undefined,
  onEnd: () => void,
): void {
  const { reads } = connection;
  const { socket } = reads;
  let kept = emptyBytes;
  const receive = (chunk: Uint8Array): boolean => {
    const seen = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    const next = decide(seen);
    if (next === undefined) {
      kept = seen === chunk ? Uint8Array.prototype.slice.call(seen) : seen;
      return true;
    }
    stop();
    socket.pause();
    next();
    // The next stage may read already.
    return !socket.isPaused();
  };
  const ended = (): void => {
    stop();
    onEnd();
  };
  const stop = (): void => void socket.off("end", ended).off("error", ended);
  socket.on("end", ended).on("error", ended);
  connection.reading(stop);
  reads.to({ receive });
  if (already.length === 0 || receive(already)) socket.resume();
}
