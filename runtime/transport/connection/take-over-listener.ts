import type { Socket } from "node:net";

/**
 * Replaces the last listener of a socket's event, that of a library, by `own`. Returns a function that passes an event
 * on to the library; call it with the socket as `this`. Throws unless the library listens in the expected way, because
 * it would otherwise keep running beside `own`.
 */
export function takeOverListener<A extends unknown[]>(
  socket: Socket,
  event: "data" | "end",
  own: (this: Socket, ...args: A) => void,
): (this: Socket, ...args: A) => void {
  const listener = socket.listeners(event).at(-1);
  if (listener === undefined) throw new Error(`no listener of "${event}" on the socket; expected one`);
  socket.off(event, listener as (...args: unknown[]) => void);
  if (event === "data" && socket.listenerCount(event) > 0) {
    throw new Error(`more than one listener of "${event}" on the socket; expected one`);
  }
  socket.on(event, own as (...args: unknown[]) => void);
  return listener as (this: Socket, ...args: A) => void;
}
