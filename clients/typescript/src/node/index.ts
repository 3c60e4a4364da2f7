/**
 * The client runtime for Node: everything of `@photinus/client`, and TCP.
 * @packageDocumentation
 */
import type { Connection } from "../connection.ts";
import { connect as connectAnywhere } from "../index.ts";
import type { ConnectOptions } from "../options.ts";
import { dial } from "./dial.ts";

export * from "../index.ts";
export { dial };

/** As `connect` of `@photinus/client`, and takes "tcp://host:port" too; see {@link ConnectOptions.callStacks} for NODE_ENV. */
export function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const callStacks = process.env["NODE_ENV"] !== "production";
  return connectAnywhere(url, { dial, callStacks, ...options });
}
