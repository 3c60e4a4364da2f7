import type { Socket } from "node:net";

/**
 * Steps between a socket and the library that was the last to listen to it: `own` hears of the event in its place, and the
 * function that comes back hands the library what it is to hear. Throws when nobody listens, since a library that listens in
 * another way would go on beside `own`.
 */
export function takeOverListener<A extends unknown[]>(
  socket: Socket,
  event: "data" | "end",
  own: (...args: A) => void,
): (...args: A) => void {
  const listener = socket.listeners(event).at(-1);
  if (listener === undefined)
    throw new Error(`nobody listens to "${event}" of the socket; expected a listener`);
  socket.off(event, listener as (...args: unknown[]) => void);
  if (event === "data" && socket.listenerCount(event) > 0) {
    throw new Error(`more than one listens to "${event}" of the socket; expected one`);
  }
  socket.on(event, own as (...args: unknown[]) => void);
  return listener.bind(socket) as (...args: A) => void;
}
