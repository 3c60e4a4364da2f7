import type { Clock } from "../../../../runtime/clock/clock.ts";
import type { Transport } from "../../../../runtime/transport/transport.ts";
import type { WebSocketConstructor } from "../transport/websocket.ts";

/**
 * Proof of identity for the server's authenticator: bytes, or a function that returns them anew for each attempt to
 * connect.
 */
export type Ticket = Uint8Array | (() => Uint8Array | Promise<Uint8Array>);

/** Options of a {@link Dial}. */
export interface DialOptions {
  /** Clock of the connection, for timeouts. */
  readonly clock: Clock;
  /** Aborted when the attempt to connect is cancelled or has timed out. */
  readonly signal: AbortSignal;
  /** WebSocket class of the engine. Default: `globalThis.WebSocket`. */
  readonly webSocket?: WebSocketConstructor | undefined;
}

/** Timeout, in ms, for transports that need one. The signal times the attempt as a whole. */
export const longestDialMs = 0x7fffffff;

/** Opens a transport to an address. Rejects with a `PhotinusError` that names the address. */
export type Dial = (url: string, options: DialOptions) => Promise<Transport>;

/**
 * Whether a server may move its clients from one address to another: only within one scheme, so never from TLS to plain
 * text.
 */
export function mayMoveTo(from: string, to: string): boolean {
  return schemeOf(from) !== "" && schemeOf(from) === schemeOf(to);
}

/** Returns the scheme of an address: "ws" of "ws://host/path"; "" without a scheme. */
export function schemeOf(url: string): string {
  return /^([a-z]+):\/\/./i.exec(url)?.[1]?.toLowerCase() ?? "";
}
