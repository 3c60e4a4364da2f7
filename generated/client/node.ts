// Written by photinus codegen from the schema; do not edit.

import { connect as open, type Connection, type ConnectOptions } from "@photinus/client/node";
import { fingerprint } from "./index.ts";

export { fingerprint };

/** Connects to a gate from Node.js, over TCP or WebSocket: `await connect("tcp://127.0.0.1:7700")`. */
export function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  return open(url, { schema: fingerprint, ...options });
}
