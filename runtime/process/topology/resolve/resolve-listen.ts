import { resolve } from "node:path";
import { isPhotinusError } from "../../../../schema/errors.ts";
import type { ListenOptions } from "../../../gate/listen-options.ts";
import type { Path } from "../../../options/option-rules.ts";
import type { CipherListen } from "../../../transport/cipher/cipher-listen.ts";
import { readGateKeys } from "../../../transport/cipher/gate-keys.ts";
import type { Problems } from "../../diagnosis/topology-problem.ts";
import { defaultHost } from "../resolved-topology.ts";
import type { ListenTopology } from "../topology.ts";

/** Fills in the defaults of a client port, and makes the paths of its certificates and keys absolute. */
export function resolveListen(
  listen: ListenTopology,
  directory: string,
  path: Path,
  problems: Problems,
): ListenOptions & { readonly host: string; readonly port: number } {
  const { tls, cipher } = listen;
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
    cipher: cipher && resolveCipher(cipher, directory, [...path, "cipher"], problems),
  };
}

/** Makes the path of the keys absolute, and reads the keys, so that an unusable key is found before a process starts. */
function resolveCipher(
  cipher: CipherListen,
  directory: string,
  path: Path,
  problems: Problems,
): CipherListen {
  const { keyFile } = cipher;
  const resolved = keyFile === undefined ? cipher : { ...cipher, keyFile: resolve(directory, keyFile) };
  try {
    readGateKeys(resolved);
  } catch (error) {
    if (!isPhotinusError(error)) throw error;
    const [wrong = "", remedy = ""] = error.reason.split("; ");
    problems.add("key-unusable", path, wrong, remedy);
  }
  return resolved;
}
