import type { Clock } from "../../../../runtime/clock/clock.ts";
import type { Transport } from "../../../../runtime/transport/transport.ts";
import { emptyBytes } from "../../../../runtime/wire/empty-bytes.ts";
import type { PhotinusError } from "../../../../schema/errors.ts";
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

/** Options of one attempt to connect. */
export interface AttemptOptions extends DialOptions {
  readonly ticket: Ticket | undefined;
  readonly dial: Dial;
  readonly url: string;
}

/**
 * Gets the ticket and the transport. Rejects as soon as the signal is aborted; a transport that arrives later is
 * destroyed.
 */
export async function attempt(
  options: AttemptOptions,
): Promise<{ transport: Transport; ticket: Uint8Array }> {
  const { dial, url, signal, ticket: source } = options;
  const gaveUp = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(abortError(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  gaveUp.catch(() => {});
  const ticket = await Promise.race([gaveUp, typeof source === "function" ? source() : source]);
  const dialling = dial(url, options);
  dialling.then(
    (late) => {
      if (signal.aborted) late.destroy("given up");
    },
    () => {},
  );
  const transport = await Promise.race([gaveUp, dialling]);
  return { transport, ticket: ticket ?? emptyBytes };
}

function abortError(signal: AbortSignal): PhotinusError {
  return signal.reason as PhotinusError;
}

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
