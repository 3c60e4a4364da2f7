import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import { LinkKeys } from "../../rpc/trust/link-keys.ts";
import type { LinkTlsTopology } from "../../rpc/trust/link-security-options.ts";
import { ClientCredentials } from "../../transport/tls/client-credentials.ts";
import { ServerCredentials } from "../../transport/tls/server-credentials.ts";
import type { ResolvedLinks } from "../topology/resolved-topology.ts";

/** Protection of the links of one gate or node, read from its files and variables. */
export interface OpenLinkTrust {
  readonly keys: LinkKeys | undefined;
  /** Certificates for links that this process opens. */
  readonly tls: ClientCredentials | undefined;
  /** Certificates of the link port of a gate. */
  readonly serverTls: ServerCredentials | undefined;
  /** Ends the watch of the files. */
  close(): void;
}

/** Protection of links as a process has it. */
export interface HostLinks extends ResolvedLinks {
  /** Random key of the process that has started this one; undefined where keys are configured or none is used. */
  readonly startKey: string | undefined;
}

/** Clock and log that a process provides. */
interface Outside {
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Reads the keys and certificates of links for a gate or node, and watches their files. Rejects with FAILED_PRECONDITION that names
 * an unusable file or variable.
 */
export async function openLinkTrust(
  { kind, name }: { readonly kind: "gate" | "node"; readonly name: string },
  { keys: places, startKey, tls: files }: HostLinks,
  outside: Outside,
): Promise<OpenLinkTrust> {
  const startKeys = startKey === undefined ? undefined : LinkKeys.of(startKey);
  const keys = places.length === 0 ? startKeys : LinkKeys.read(places);
  const own = files && ownFiles(files, name);
  const tls = own && (await openClient(own, outside));
  const serverTls = own && kind === "gate" ? await openServer(own, outside) : undefined;
  const watch = keys?.watch(outside.clock, outside.log);
  const close = (): void => {
    for (const one of [tls, serverTls]) one?.close();
    watch?.stop();
  };
  return { keys, tls, serverTls, close };
}

function openServer(files: LinkTlsTopology, outside: Outside): Promise<ServerCredentials> {
  const { certFile, keyFile, caFile, minVersion, clientCertificates } = files;
  const options = {
    certificates: [{ certFile, keyFile }],
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(clientCertificates === true && caFile !== undefined ? { clientCaFile: caFile } : {}),
  };
  return ServerCredentials.open(options, outside);
}

function openClient(files: LinkTlsTopology, outside: Outside): Promise<ClientCredentials> {
  const { certFile, keyFile, caFile, pins, serverName, minVersion, clientCertificates } = files;
  const options = {
    ...(caFile === undefined ? {} : { caFile }),
    ...(pins === undefined ? {} : { pins }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(clientCertificates === true ? { certificate: { certFile, keyFile } } : {}),
  };
  return ClientCredentials.open(options, outside);
}

/** Puts the name of the gate or node into the paths. The rule of names allows no characters that lead to another folder. */
function ownFiles(files: LinkTlsTopology, name: string): LinkTlsTopology {
  const own = (path: string) => path.replaceAll("{name}", name);
  return { ...files, certFile: own(files.certFile), keyFile: own(files.keyFile) };
}
