import type { Clock } from "../../../../runtime/clock/clock.ts";
import type { Transport } from "../../../../runtime/transport/transport.ts";
import type { WebSocketConstructor } from "../transport/websocket.ts";

/** Bytes or text of a ticket, such as a JWT. Text is sent as UTF-8. */
export type Proof = Uint8Array | string;

/**
 * Proof of identity for the server's authenticator: bytes or text, or a function that returns a fresh one. The function is
 * called for each attempt to connect, and again before its last ticket expires.
 */
export type Ticket = Proof | (() => Proof | Promise<Proof>);

/** Compression of a connection, for the option `compression`. What it is made of is internal. */
export type Compression = (...parts: never[]) => unknown;

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
  const scheme = schemeOf(from);
  return scheme !== "" && scheme === schemeOf(to);
}

/** Returns the scheme of an address: "ws" of "ws://host/path"; "" without a scheme. */
export function schemeOf(url: string): string {
  return /^([a-z]+):\/\/./i.exec(url)?.[1]?.toLowerCase() ?? "";
}
