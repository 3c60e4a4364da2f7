import { type ConnectionOptions, connect } from "node:tls";
import { type ErrorCode, fail } from "../../../schema/errors.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { connected, type DialTcpOptions, dialledTransport, dialTcpRule, socketReason } from "../tcp.ts";
import type { Transport } from "../transport.ts";
import { TransportBuffers } from "../transport-buffers.ts";
import type { ClientCredentials } from "./client-credentials.ts";

/**
 * Opens a TLS connection. Rejects with PERMISSION_DENIED when the server's certificate is not accepted, and with
 * UNAVAILABLE (unreachable, timeout, or no TLS), CANCELLED (by the signal) or INVALID_ARGUMENT (bad option).
 */
export async function dialTls(
  host: string,
  port: number,
  credentials: ClientCredentials,
  given: DialTcpOptions = {},
): Promise<Transport> {
  const resolved = resolveOptions("dialTls", dialTcpRule, given);
  const { buffers = new TransportBuffers({ keptBytes: 512 * 1024 }) } = resolved;
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    ...credentials.connectOptions(host),
    port,
    allowHalfOpen: true,
  };
  const open = () => connect(options);
  const socket = await connected(open, "secureConnect", `${host}:${port}`, resolved, reasonOf);
  socket.setNoDelay(true);
  const refusal = credentials.refusalOf(socket);
  if (refusal === undefined) return dialledTransport(socket, buffers);
  socket.on("error", () => {}).destroy();
  throw fail("PERMISSION_DENIED", `cannot connect to ${host}:${port}: ${refusal}`);
}

/** Codes of Node.js for a certificate that is not accepted; they are those of OpenSSL's X509_V_ERR constants. */
const certificateError =
  /^(CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|INVALID_(CA|PURPOSE)|PATH_LENGTH_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;

function reasonOf(error: Error): { code: ErrorCode; reason: string } {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (certificateError.test(code)) {
    const reason = `the server's certificate is not accepted: ${error.message} (${code})`;
    return { code: "PERMISSION_DENIED", reason };
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG")
    return { code: "UNAVAILABLE", reason: "the server does not speak TLS" };
  return { code: "UNAVAILABLE", reason: socketReason(error) };
}
