import type { Socket } from "node:net";

/** Key of the transport in an object that emits events for it. */
export const carried = Symbol("transport");

/**
 * Object whose events are for a transport. Listeners find the transport by the object, so that one function serves all connections:
 * closures would be a tenth of the memory of an idle connection.
 */
export interface Carried<T> {
  [carried]?: T;
}

/** Makes a transport the one that the listeners of an object find. */
export function carry<T>(emitter: object, transport: T): void {
  (emitter as Carried<T>)[carried] = transport;
}

/** Tells the transport over a socket of a port that the socket is closed. Called before all other listeners of the close. */
export function socketClosed(socket: Socket): void {
  (socket as Socket & Carried<{ socketClosed(): void }>)[carried]?.socketClosed();
}
