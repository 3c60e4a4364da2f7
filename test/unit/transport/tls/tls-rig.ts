import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import type { PortOptions } from "../../../../runtime/transport/port-options.ts";
import { certificatePinOf, keyPinOf } from "../../../../runtime/transport/tls/certificate-pins.ts";
import { ServerCredentials } from "../../../../runtime/transport/tls/server-credentials.ts";
import type { ServerTlsOptions } from "../../../../runtime/transport/tls/tls-options.ts";
import type { CertificateFolder, CertificatePaths } from "../../../setup/certificate-folder.ts";
import { certificateFolder } from "../../../setup/certificates.ts";
import { type Rig, rig } from "../rig.ts";

/** A port with TLS. */
export interface TlsRig extends Rig {
  readonly files: CertificateFolder;
  readonly credentials: ServerCredentials;
  /** Files of the server's certificate. */
  readonly paths: CertificatePaths;
  readonly leaf: { readonly leaf: X509Certificate; readonly pins: { certificate: string; key: string } };
  /** The authority, in PEM. */
  readonly ca: string;
}

type Tls = Partial<ServerTlsOptions>;

export async function tlsRig(
  tls: Tls | ((files: CertificateFolder) => Tls) = {},
  options: Partial<PortOptions> = {},
): Promise<TlsRig> {
  const files = certificateFolder();
  const paths = files.certificate("server");
  const wishes = typeof tls === "function" ? tls(files) : tls;
  const credentials = await ServerCredentials.open({ certificates: [paths], ...wishes });
  onTestFinished(() => credentials.close());
  const leaf = new X509Certificate(readFileSync(paths.certFile));
  return {
    ...(await rig({ tls: credentials, ...options })),
    files,
    credentials,
    paths,
    leaf: { leaf, pins: { certificate: certificatePinOf(leaf), key: keyPinOf(leaf) } },
    ca: readFileSync(files.authority().certFile, "utf8"),
  };
}

/** Opens a TLS connection with Node's own client. */
export async function dialRaw(
  server: { readonly port: { readonly port: number }; readonly ca: string },
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = connect({ port: server.port.port, host: "127.0.0.1", ca: server.ca, ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  socket.on("error", () => {});
  return socket;
}

/** The first bytes of a TLS client. */
export async function clientHello(): Promise<Buffer> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const client = connect({ port: (server.address() as { port: number }).port, host: "127.0.0.1" });
  client.on("error", () => {});
  const [socket] = await once(server, "connection");
  const [hello] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}
