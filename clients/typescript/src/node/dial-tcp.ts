import { dialTcp } from "../../../../runtime/transport/tcp.ts";
import { ClientCredentials } from "../../../../runtime/transport/tls/client-credentials.ts";
import { dialTls } from "../../../../runtime/transport/tls/dial-tls.ts";
import type { ClientTlsOptions } from "../../../../runtime/transport/tls/tls-options.ts";
import type { Transport } from "../../../../runtime/transport/transport.ts";
import { fail } from "../../../../schema/errors.ts";
import { type Dial, type DialOptions, longestDialMs, schemeOf } from "../channel/dial.ts";
import { placeOf } from "../channel/place.ts";
import { dialWebSocket } from "../transport/websocket.ts";

/**
 * Opens "tcp://host:port", "tls://host:port", "ws://..." and "wss://..." addresses: the option `dial` of a generated SDK's
 * `connect` in Node. The certificate behind "tls://" must be of an authority that Node knows, and have the host name;
 * {@link dialWith} sets other rules. Rejects with UNAVAILABLE for an unreachable server, PERMISSION_DENIED for a certificate
 * that is not accepted, CANCELLED by the signal, INVALID_ARGUMENT for an invalid address.
 */
export function dial(url: string, options: DialOptions): Promise<Transport> {
  return dialAny(url, options, {});
}

/**
 * Makes a {@link dial} with rules of its own for "tls://" addresses: an authority, pinned fingerprints, another host name, or a
 * certificate of the client.
 *
 * ```ts
 * const connection = await connect("tls://game.example:7350", { dial: dialWith({ pins: ["sha256/..."] }) });
 * ```
 *
 * The dial rejects with INVALID_ARGUMENT for a bad option, and with FAILED_PRECONDITION that names a bad file.
 */
export function dialWith(tls: ClientTlsOptions): Dial {
  return (url, options) => dialAny(url, options, tls);
}

async function dialAny(url: string, options: DialOptions, tls: ClientTlsOptions): Promise<Transport> {
  const scheme = schemeOf(url);
  if (scheme !== "tcp" && scheme !== "tls") return dialWebSocket(url, options);
  const { host, port } = parse(url, scheme);
  // The connection times the attempt as a whole, and aborts the signal.
  const timing = { signal: options.signal, timeoutMs: longestDialMs };
  if (scheme === "tcp") return dialTcp(host, port, timing);
  // Read for each attempt, so that a changed file is used by the next.
  const credentials = await ClientCredentials.open(tls);
  try {
    return await dialTls(host, port, credentials, timing);
  } finally {
    credentials.close();
  }
}

function parse(url: string, scheme: string): { host: string; port: number } {
  const parsed = URL.parse(url);
  const port = Number(parsed?.port);
  if (!parsed || parsed.hostname === "" || !(port >= 1)) {
    throw fail(
      "INVALID_ARGUMENT",
      `${JSON.stringify(placeOf(url))} is not an address; expected ${scheme}://host:port`,
    );
  }
  // A URL puts an IPv6 address in brackets; a socket takes it without.
  return { host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"), port };
}
