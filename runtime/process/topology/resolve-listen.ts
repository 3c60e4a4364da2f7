import { resolve } from "node:path";
import type { ListenOptions } from "../../gate/listen-options.ts";
import { defaultHost } from "./resolved-topology.ts";
import type { ListenTopology } from "./topology.ts";

/** Fills in the defaults of a client port, and makes the paths of its certificates absolute. */
export function resolveListen(
  listen: ListenTopology,
  directory: string,
): ListenOptions & { readonly host: string; readonly port: number } {
  const { tls } = listen;
  return {
    ...listen,
    host: listen.host ?? defaultHost,
    tls: tls && {
      ...tls,
      certificates: tls.certificates.map(({ certFile, keyFile }) => ({
        certFile: resolve(directory, certFile),
        keyFile: resolve(directory, keyFile),
      })),
    },
  };
}
