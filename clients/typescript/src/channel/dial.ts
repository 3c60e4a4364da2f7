import type { Clock } from "../../../../runtime/clock/clock.ts";
import type { Transport } from "../../../../runtime/transport/transport.ts";
import type { PhotinusError } from "../../../../schema/errors.ts";
import type { WebSocketConstructor } from "../transport/websocket.ts";

/** What the client proves itself with: bytes, or a function that is asked anew at each attempt to connect. */
export type Ticket = Uint8Array | (() => Uint8Array | Promise<Uint8Array>);

/** What a {@link Dial} gets to work with. */
export interface DialOptions {
  readonly clock: Clock;
  /** Aborts when nobody waits for the transport any more. */
  readonly signal: AbortSignal;
  readonly webSocket?: WebSocketConstructor | undefined;
}

/** For transports that have a timeout of their own: an attempt is timed as a whole, by its signal. */
export const longestDialMs = 0x7fffffff;

/** Opens a transport to an address; rejects with a PhotinusError that says what cannot be reached. */
export type Dial = (url: string, options: DialOptions) => Promise<Transport>;

/** What one attempt to connect needs. */
export interface AttemptOptions extends DialOptions {
  readonly ticket: Ticket | undefined;
  readonly dial: Dial;
  readonly url: string;
}

/** Gets ticket and transport. When the signal aborts, it rejects at once, and what comes late is thrown away. */
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
  return { transport, ticket: ticket ?? new Uint8Array(0) };
}

function abortError(signal: AbortSignal): PhotinusError {
  return signal.reason as PhotinusError;
}

/** Whether a server may send its clients there: to the same kind of address, and never from TLS to plain text. */
export function mayMoveTo(from: string, to: string): boolean {
  return schemeOf(from) !== "" && schemeOf(from) === schemeOf(to);
}

/** "ws" of "ws://host/path"; "" where there is none. */
export function schemeOf(url: string): string {
  return /^([a-z]+):\/\/./i.exec(url)?.[1]?.toLowerCase() ?? "";
}
