// Written by photinus codegen from the schema; do not edit.

import { connect as open, type Connection, type ConnectOptions } from "@photinus/client";

/**
 * Names the schema that this SDK was written from; a server of another one says so in its welcome.
 *
 * Both functions `connect`, of this file and of node.ts, tell the server.
 */
export const fingerprint = "4e7f3395bb9e6b68";

/** Connects to a gate: `await connect("wss://play.example")`. For TCP, in Node.js, take that of node.ts. */
export function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  return open(url, { schema: fingerprint, ...options });
}
