import { dialTcp } from "../../transport/tcp.ts";
import { dialTls } from "../../transport/tls/dial-tls.ts";
import type { Transport } from "../../transport/transport.ts";
import type { LinkTrust } from "./link-trust.ts";

/**
 * Opens the connection of a link: in TLS when the trust has certificates, otherwise in plain TCP. Rejects as `dialTls` and
 * `dialTcp` do.
 */
export function dialLink(
  host: string,
  port: number,
  { tls }: LinkTrust,
  signal: AbortSignal,
): Promise<Transport> {
  return tls === undefined ? dialTcp(host, port, { signal }) : dialTls(host, port, tls, { signal });
}
