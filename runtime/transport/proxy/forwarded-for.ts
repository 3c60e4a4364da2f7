import { isIP } from "node:net";
import { plainAddress, type TrustedProxies } from "./trusted-proxies.ts";

/** Address of a client, as proxies tell it. */
export interface ClientAddress {
  /** IP address. */
  readonly host: string;
  /** Port; 0 when no proxy told it. */
  readonly port: number;
}

/** Most entries of the header that are read. Each is the address of one trusted proxy, of which few follow one another. */
const maxEntries = 32;

/**
 * Finds the address of the client in an X-Forwarded-For header. Each proxy appends the address that it was connected
 * from, so the header is read from the right: the result is the last address that is not a trusted proxy. A client can
 * invent the left part only, which is never reached. An entry that is not an address ends the search at the proxy that
 * appended it.
 *
 * @param peer address that the connection comes from; when it is not a trusted proxy, the header is ignored
 */
export function forwardedFor(
  header: string | readonly string[] | undefined,
  peer: ClientAddress,
  trusted: TrustedProxies,
): ClientAddress {
  let found = peer;
  if (header === undefined) return found;
  const entries = (typeof header === "string" ? header : header.join(",")).split(",");
  for (let at = entries.length - 1; at >= Math.max(0, entries.length - maxEntries); at--) {
    if (!trusted.has(found.host)) return found;
    const next = addressIn(entries[at]!.trim());
    if (next === undefined) return found;
    found = next;
  }
  return found;
}

/** Parses an entry: an address, of which some proxies add the port: "203.0.113.7:4711", "[2001:db8::7]:4711". */
function addressIn(entry: string): ClientAddress | undefined {
  if (entry.length > 64) return undefined;
  if (isIP(entry) !== 0) return { host: plainAddress(entry), port: 0 };
  const [, v6, v4, port = "0"] = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/i.exec(entry) ?? [];
  const host = v6 ?? v4 ?? "";
  if (isIP(host) !== (v6 === undefined ? 4 : 6) || Number(port) > 65_535) return undefined;
  return { host: plainAddress(host), port: Number(port) };
}
