import { filled, word } from "../../options/address-rules.ts";
import {
  type Given,
  object,
  optional,
  type Path,
  type Report,
  type RulesOf,
  required,
  withDefault,
} from "../../options/option-rules.ts";
import { choice, flag, leaf, list, said } from "../../options/rule-kinds.ts";
import { isPin, pinRule } from "../../transport/tls/certificate-pins.ts";
import { type TlsVersion, tlsVersions } from "../../transport/tls/tls-options.ts";

/** Place of one or more link keys, separated by white space: either an environment variable or a file. */
export interface LinkKeyTopology {
  /** Name of an environment variable, read when a process starts. */
  readonly env?: string;
  /** Path of a file, relative to the topology file. A changed file is read within a second. */
  readonly file?: string;
}

/** TLS of all links. Paths are relative to the topology file; `{name}` in a path stands for the name of the gate or node. */
export interface LinkTlsTopology {
  /** PEM file of the certificate that a gate shows, and a node with `clientCertificates`; then the chain. */
  readonly certFile: string;
  /** PEM file of the private key. */
  readonly keyFile: string;
  /** PEM file of the authorities that sign the certificates of gates and nodes. Required unless there are `pins`. */
  readonly caFile?: string;
  /** Fingerprints of the certificates of gates: SHA-256, 64 hexadecimal digits, or "sha256/" and base64 of the public key. */
  readonly pins?: readonly string[];
  /** Host name that the certificates of all gates have. Default: the host that is dialled. */
  readonly serverName?: string;
  /**
   * Whether the peer that dials must show a certificate of `caFile` for its own name. Then link keys are not required. Default
   * false.
   */
  readonly clientCertificates?: boolean;
  /** Lowest version of TLS. Default "TLSv1.3". */
  readonly minVersion?: TlsVersion;
}

/** Protection of the links between gates and nodes, and between gates. */
export interface LinkSecurityTopology {
  /**
   * Shared keys by which peers prove themselves; all are accepted, the first is preferred. Default: none; on loopback, `photinus
   * start` makes a random key for its own processes unless the topology has external nodes.
   */
  readonly keys?: readonly LinkKeyTopology[];
  /** Certificates: all links run in TLS. Default: no TLS. */
  readonly tls?: LinkTlsTopology;
  /** Whether link ports may be open beyond this machine without TLS. Each start warns. Default false. */
  readonly plaintext?: boolean;
}

const variable = word(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable");
const file = filled("a path, relative to the folder of this file");

const key = object({ env: optional(variable), file: optional(file) } satisfies RulesOf<LinkKeyTopology>, {
  together({ env, file: path }, at, report) {
    if ((env === undefined) !== (path === undefined)) return;
    const wrong = env === undefined ? "neither env nor file" : "both env and file";
    report("wrong-kind", at, undefined, said(wrong, 'expected { env: "NAME" } or { file: "PATH" }'));
  },
});

const tls = object(
  {
    certFile: required(file),
    keyFile: required(file),
    caFile: optional(file),
    pins: optional(list(leaf<string>("string", pinRule, isPin), 1, "fingerprints")),
    serverName: optional(filled("a host name")),
    clientCertificates: withDefault(flag, false),
    minVersion: withDefault(choice(tlsVersions), "TLSv1.3"),
  } satisfies RulesOf<LinkTlsTopology>,
  { together: checkTls },
);

/** Rule of the option `links` of a topology. */
export const linkSecurityRule = object({
  keys: optional(list(key, 1, "places of link keys")),
  tls: optional(tls),
  plaintext: withDefault(flag, false),
} satisfies RulesOf<LinkSecurityTopology>);

/** Options of `links` with all defaults filled in. */
export type ResolvedLinkSecurity = Given<typeof linkSecurityRule>;

function checkTls(
  { caFile, pins, clientCertificates }: Readonly<Record<"caFile" | "pins" | "clientCertificates", unknown>>,
  path: Path,
  report: Report,
): void {
  if (caFile === undefined && pins === undefined) {
    const remedy = "add the file of the authority that signs the certificates of gates";
    report("missing-option", path, "caFile", said("neither caFile nor pins", remedy));
  }
  if (clientCertificates === true && caFile === undefined) {
    const remedy = "add caFile: the authority that signs the certificates of nodes";
    report("missing-option", path, "caFile", said("clientCertificates without caFile", remedy));
  }
}
