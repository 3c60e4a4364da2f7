/** The client runtime for Node: all of `@photinus/client`, TCP and TLS. @packageDocumentation */

import { resolved } from "../check-options.ts";
import { type ConnectOptions, connectRule } from "../connect-options.ts";
import type { Connection } from "../connection.ts";
import { connect as connectAnywhere } from "../index.ts";
import { dial, dialWith } from "./dial-tcp.ts";
import { zlib } from "./zlib.ts";

export type { CertificateFiles, ClientTlsOptions } from "../../../../runtime/transport/tls/tls-options.ts";

export * from "../index.ts";
export { dial, dialWith, zlib };

/**
 * Connects to a server as `connect` of `@photinus/client` does, and supports "tcp://host:port" and "tls://host:port", too. NODE_ENV decides
 * the default of {@link ConnectOptions.callStacks}.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  // Checked before they are copied: a copy of a list or of null has no fault left.
  resolved(connectRule, options);
  const callStacks = options.callStacks ?? process.env["NODE_ENV"] !== "production";
  return connectAnywhere(url, { ...options, dial: options.dial ?? dial, callStacks });
}
