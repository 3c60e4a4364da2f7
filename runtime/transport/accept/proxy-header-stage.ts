import { emptyBytes } from "../../wire/empty-bytes.ts";
import { type ProxyHeader, readProxyHeader } from "../proxy/proxy-header.ts";
import type { AcceptedConnection } from "./accepted-connection.ts";
import { readStage } from "./read-stage.ts";

/** Complete or faulty header; "none" when the connection ended before. */
export type FoundHeader = Exclude<ProxyHeader, { is: "incomplete" }> | { readonly is: "none" };

/**
 * Reads the PROXY header of a connection, then pauses the connection. Calls `done` once, with the bytes behind the header that were
 * read already; their memory may be reused after the call.
 */
export function readHeaderOf(
  connection: AcceptedConnection,
  done: (header: FoundHeader, rest: Uint8Array) => void,
): void {
  readStage(
    connection,
    emptyBytes,
    (seen) => {
      const header = readProxyHeader(seen);
      if (header.is === "incomplete") return undefined;
      return () => done(header, header.is === "faulty" ? emptyBytes : seen.subarray(header.bytes));
    },
    () => done({ is: "none" }, emptyBytes),
  );
}
