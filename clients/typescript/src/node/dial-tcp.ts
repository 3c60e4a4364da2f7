import { dialTcp } from "../../../../runtime/transport/tcp.ts";
import type { Transport } from "../../../../runtime/transport/transport.ts";
import { fail } from "../../../../schema/errors.ts";
import { type DialOptions, longestDialMs, schemeOf } from "../channel/dial.ts";
import { placeOf } from "../channel/place.ts";
import { dialWebSocket } from "../transport/websocket.ts";

/**
 * Opens "tcp://host:port", "ws://..." and "wss://..." addresses: the option `dial` of a generated SDK's `connect` in
 * Node. Rejects with UNAVAILABLE for an unreachable server, CANCELLED by the signal, INVALID_ARGUMENT for an invalid
 * address.
 */
export async function dial(url: string, options: DialOptions): Promise<Transport> {
  if (schemeOf(url) !== "tcp") return dialWebSocket(url, options);
  const { host, port } = parseTcp(url);
  // The connection times the attempt as a whole, and aborts the signal.
  return dialTcp(host, port, { signal: options.signal, timeoutMs: longestDialMs });
}

function parseTcp(url: string): { host: string; port: number } {
  const parsed = URL.parse(url);
  const port = Number(parsed?.port);
  if (!parsed || parsed.hostname === "" || !(port >= 1)) {
    throw fail(
      "INVALID_ARGUMENT",
      `${JSON.stringify(placeOf(url))} is not an address; expected tcp://host:port`,
    );
  }
  // A URL puts an IPv6 address in brackets; a socket takes it without.
  return { host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"), port };
}
