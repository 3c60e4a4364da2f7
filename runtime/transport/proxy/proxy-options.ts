import { optional, type Path, type Report, type RulesOf } from "../../options/option-rules.ts";
import { choice, leaf, list, said } from "../../options/rule-kinds.ts";
import { isAddressOrRange, trustedProxyRule } from "./trusted-proxies.ts";

/** Proxies in front of a port, which tell the addresses of clients. */
export interface ProxyOptions {
  /**
   * "v2": each connection begins with the binary header of the PROXY protocol, version 2, which names the client. A
   * connection from an address that is not in `trustedProxies` is closed. Default: no header is read.
   */
  readonly proxy?: "v2" | undefined;
  /**
   * "x-forwarded-for": a WebSocket handshake from an address in `trustedProxies` names the client in this header, which is
   * read from the right over trusted addresses. Default: the header is ignored.
   */
  readonly forwarded?: "x-forwarded-for" | undefined;
  /**
   * IP addresses of the proxies, or ranges of them such as "10.0.0.0/24"; required with `proxy` or `forwarded`. Any host in
   * these ranges can invent the address of a client.
   */
  readonly trustedProxies?: readonly string[] | undefined;
}

/** Rules of {@link ProxyOptions}; {@link checkProxies} checks them together. */
export const proxyOptions = {
  proxy: optional(choice(["v2"])),
  forwarded: optional(choice(["x-forwarded-for"])),
  trustedProxies: optional(list(leaf<string>("string", trustedProxyRule, isAddressOrRange), 1, "addresses")),
} satisfies RulesOf<ProxyOptions>;

/** Reports proxies that nothing is read from, and addresses that are read from proxies that nobody named. */
export function checkProxies(
  { proxy, forwarded, trustedProxies }: ProxyOptions,
  path: Path,
  report: Report,
): void {
  const isRead = proxy !== undefined || forwarded !== undefined;
  const place = [...path, "trustedProxies"];
  if (isRead && trustedProxies === undefined) {
    const wrong = '"trustedProxies" is missing';
    report("missing-option", path, trustedProxies, said(wrong, "name the addresses of the proxies"));
  } else if (!isRead && trustedProxies !== undefined) {
    const wrong = 'found proxies, but neither "proxy" nor "forwarded"';
    const remedy = 'set proxy: "v2" or forwarded: "x-forwarded-for", or remove the proxies';
    report("wrong-kind", place, trustedProxies, said(wrong, remedy));
  }
}
