import { dialTcp } from "../../../../runtime/transport/tcp.ts";
import type { Transport } from "../../../../runtime/transport/transport.ts";
import { fail } from "../../../../schema/errors.ts";
import { type DialOptions, longestDialMs, schemeOf } from "../channel/dial.ts";
import { dialWebSocket } from "../transport/websocket.ts";

/** Opens "tcp://host:port", "ws://..." and "wss://...": option `dial` of a generated SDK's `connect` in Node. */
export async function dial(url: string, options: DialOptions): Promise<Transport> {
  if (schemeOf(url) !== "tcp") return dialWebSocket(url, options);
  const { host, port } = parseTcp(url);
  // The attempt as a whole is timed by the connection, which aborts the signal.
  return dialTcp(host, port, { signal: options.signal, timeoutMs: longestDialMs });
}

function parseTcp(url: string): { host: string; port: number } {
  const parsed = URL.parse(url);
  const port = Number(parsed?.port);
  if (!parsed || parsed.hostname === "" || !(port >= 1)) {
    throw fail("INVALID_ARGUMENT", `${JSON.stringify(url)} is no address: expected tcp://host:port`);
  }
  // IPv6 addresses stand in brackets in a URL, and without in a socket.
  return { host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"), port };
}
