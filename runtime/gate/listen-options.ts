import { rateRule } from "../clock/clock-rules.ts";
import type { Rate } from "../clock/rate-limit.ts";
import { host, port } from "../options/address-rules.ts";
import {
  type Given,
  object,
  optional,
  type Path,
  type Report,
  type RulesOf,
  withDefault,
} from "../options/option-rules.ts";
import { said } from "../options/rule-kinds.ts";
import { type CipherListen, cipherListenRule } from "../transport/cipher/cipher-listen.ts";
import { checkProxies, type ProxyOptions, proxyOptions } from "../transport/proxy/proxy-options.ts";
import {
  defaultHandshakeCount,
  defaultHandshakeRate,
  handshakeCountRule,
  type ServerTlsOptions,
  serverTlsOptions,
} from "../transport/tls/tls-options.ts";

/** TLS of the client port, which then speaks TLS only: "tls://", "wss://" and "https://". */
export interface ListenTlsOptions extends Pick<ServerTlsOptions, "certificates" | "minVersion" | "reloadMs"> {
  /** Most TLS handshakes at a time; further connections wait within `limits.handshakeMs`. Default 1,024. */
  readonly handshakeCount?: number;
  /** Rate of TLS handshakes of all connections together; further ones wait likewise. Default 500 in a second. */
  readonly handshakeRate?: Rate;
}

/** Address for clients, and what comes before their first frame. */
export interface ListenOptions extends ProxyOptions {
  /** Host to listen on. Default "127.0.0.1". */
  readonly host?: string;
  /** TCP port. Default 0: the system chooses. */
  readonly port?: number;
  /** Certificates of the port. Default: none, the port speaks no TLS. */
  readonly tls?: ListenTlsOptions | undefined;
  /** Encryption by Photinus itself, for raw TCP and engines without TLS. Default: none. */
  readonly cipher?: CipherListen | undefined;
}

/** Rules of TLS, cipher and proxies of a client port, shared with the topology. */
export const listenOptions = {
  tls: optional(
    object({
      certificates: serverTlsOptions.certificates,
      minVersion: serverTlsOptions.minVersion,
      reloadMs: serverTlsOptions.reloadMs,
      handshakeCount: withDefault(handshakeCountRule, defaultHandshakeCount),
      handshakeRate: withDefault(rateRule, defaultHandshakeRate),
    } satisfies RulesOf<ListenTlsOptions>),
  ),
  cipher: optional(cipherListenRule),
  ...proxyOptions,
} satisfies Partial<RulesOf<ListenOptions>>;

/** Rule of the client port of a gate. */
export const listenRule = object(
  {
    host: withDefault(host, "127.0.0.1"),
    port: withDefault(port, 0),
    ...listenOptions,
  } satisfies RulesOf<ListenOptions>,
  { together: checkProxies },
);

/** Client port of a gate with all defaults filled in. */
export type ResolvedListen = Given<typeof listenRule>;

/** Reports options that accept neither classic nor session connections. */
export function checkClients(
  { classic, session }: { readonly classic: boolean; readonly session: boolean },
  path: Path,
  report: Report,
): void {
  if (classic || session) return;
  const wrong = "neither classic nor session connections are accepted, so no client can connect";
  report("wrong-kind", [...path, "session"], session, said(wrong, "set classic or session to true"));
}
