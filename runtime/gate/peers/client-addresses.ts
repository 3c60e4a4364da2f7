import { isWildcard } from "../../options/address-rules.ts";
import { nested, object, optional, type RulesOf } from "../../options/option-rules.ts";
import { leaf } from "../../options/rule-kinds.ts";
import type { AdoptedSessions } from "../../wire/generated/photinus/link.ts";
import type { PortAddress } from "../gate-status.ts";
import type { ListenOptions } from "../listen-options.ts";

/** Addresses under which clients reach one gate. */
export interface AdvertisedAddresses {
  /** Address for TCP clients: "tcp://gate-2.example.com:7350", or "tls://..." where they use TLS. */
  readonly tcp?: string | undefined;
  /** Address for WebSocket clients: "wss://gate-2.example.com/". */
  readonly webSocket?: string | undefined;
}

/** Addresses of a gate for the clients of another gate; "" for unknown ones. */
export type ClientAddresses = Pick<AdoptedSessions, "tcpAddress" | "webSocketAddress">;

const url = (schemes: RegExp, expected: string) =>
  leaf<string>("string", expected, (value) => {
    return typeof value === "string" && schemes.test(value) && URL.canParse(value);
  });

/** Rule of `advertise`, shared with the topology. */
export const advertiseOption = nested(
  object({
    tcp: optional(
      url(
        /^(tcp|tls):\/\//,
        'an address such as "tcp://gate-2.example.com:7350" or "tls://gate-2.example.com:7350"',
      ),
    ),
    webSocket: optional(url(/^wss?:\/\//, 'an address such as "wss://gate-2.example.com/"')),
  } satisfies RulesOf<AdvertisedAddresses>),
);

/**
 * Returns the addresses that clients of other gates are sent to. A port behind proxies has no default: clients do not reach it
 * by its own address.
 */
export function clientAddresses(
  { tcp, webSocket }: AdvertisedAddresses,
  listen: PortAddress | undefined,
  { tls, proxy, forwarded }: Pick<ListenOptions, "tls" | "proxy" | "forwarded">,
): ClientAddresses {
  const isDirect = proxy === undefined && forwarded === undefined;
  const isReachable = listen !== undefined && !isWildcard(listen.host) && isDirect;
  const host = listen?.host.includes(":") ? `[${listen.host}]` : listen?.host;
  const place = isReachable ? `${host}:${listen.port}` : undefined;
  return {
    tcpAddress: tcp ?? (place === undefined ? "" : `${tls === undefined ? "tcp" : "tls"}://${place}`),
    webSocketAddress:
      webSocket ?? (place === undefined ? "" : `${tls === undefined ? "ws" : "wss"}://${place}`),
  };
}
