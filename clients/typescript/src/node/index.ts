/**
 * The client runtime for Node: everything of `@photinus/client`, and TCP.
 * @packageDocumentation
 */

import type { ConnectOptions } from "../connect-options.ts";
import type { Connection } from "../connection.ts";
import { connect as connectAnywhere } from "../index.ts";
import { dial } from "./dial-tcp.ts";

export * from "../index.ts";
export { dial };

/** As `connect` of `@photinus/client`, and takes "tcp://host:port" too; see {@link ConnectOptions.callStacks} for NODE_ENV. */
export function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const callStacks = options.callStacks ?? process.env["NODE_ENV"] !== "production";
  return connectAnywhere(url, { ...options, dial: options.dial ?? dial, callStacks });
}
