import { isIP } from "node:net";
import type { Rate } from "../../clock/rate-limit.ts";
import {
  type Given,
  object,
  optional,
  type RulesOf,
  required,
  withDefault,
} from "../../options/option-rules.ts";
import { choice, leaf, list, ms, whole } from "../../options/rule-kinds.ts";
import { isPin, pinRule } from "./certificate-pins.ts";

/** A certificate with its private key, as two PEM files. */
export interface CertificateFiles {
  /** PEM file of the certificate, followed by the intermediate certificates of its chain. */
  readonly certFile: string;
  /** PEM file of the private key, without a passphrase. Keep it readable for the server's user alone. */
  readonly keyFile: string;
}

/** Lowest versions of TLS that a side may accept. Older versions are broken, and are never accepted. */
export const tlsVersions = ["TLSv1.2", "TLSv1.3"] as const;
/** Lowest version of TLS that a side accepts. */
export type TlsVersion = (typeof tlsVersions)[number];

/** TLS of a side that accepts connections. */
export interface ServerTlsOptions {
  /**
   * Certificates, at least one. A client's server name (SNI) selects the first certificate that is valid for the name;
   * otherwise the first one is used.
   */
  readonly certificates: readonly CertificateFiles[];
  /** Lowest version of TLS. Default "TLSv1.2". */
  readonly minVersion?: TlsVersion;
  /**
   * PEM file of the authorities that sign certificates of clients. A client without a certificate of theirs is
   * rejected. Default: clients need no certificate.
   */
  readonly clientCaFile?: string;
  /**
   * Fingerprints of the certificates of clients; see {@link ClientTlsOptions.pins}. Alone they replace an authority; with
   * `clientCaFile` both must hold. Default: clients need no certificate.
   */
  readonly clientPins?: readonly string[];
  /** Interval, in ms, at which the files are checked for changes; a changed file is used without a restart. Default 5,000. */
  readonly reloadMs?: number;
}

/** Default of the most TLS handshakes of a port at a time. */
export const defaultHandshakeCount = 1_024;

/** Rule of the most TLS handshakes of a port at a time. */
export const handshakeCountRule = whole(1, 1_000_000, "");

/** Default of the rate of TLS handshakes of a port: with an ECDSA key, a third of one processor. */
export const defaultHandshakeRate: Rate = Object.freeze({ count: 500, perMs: 1_000 });

/** TLS of a side that opens connections. */
export interface ClientTlsOptions {
  /** PEM file of the authorities that sign certificates of servers. Default: those that Node.js knows. */
  readonly caFile?: string;
  /** Authorities as PEM text, in place of `caFile`. */
  readonly ca?: string;
  /**
   * Fingerprints of the server's certificate, one of which must match: SHA-256 of the certificate as 64 hexadecimal digits,
   * with or without colons, or of its public key as "sha256/" and base64. Alone they replace authority, host name and
   * expiry; with `caFile` or `ca` everything must hold. Default: every certificate of a known authority.
   */
  readonly pins?: readonly string[];
  /** Host name that the server's certificate must have. Default: the host that is dialled. */
  readonly serverName?: string;
  /** Certificate that proves this side to a server that asks for one. Default: none. */
  readonly certificate?: CertificateFiles;
  /** Lowest version of TLS. Default "TLSv1.2". */
  readonly minVersion?: TlsVersion;
  /** Interval, in ms, at which the files are checked for changes; a changed file is used without a restart. Default 5,000. */
  readonly reloadMs?: number;
}

/** The client for Node.js imports this module; it must not import the rules of names. */
const filled = (expected: string) =>
  leaf<string>("string", expected, (value) => typeof value === "string" && value !== "");
const file = filled("a path of a PEM file");
function isServerName(value: unknown): boolean {
  return typeof value === "string" && value !== "" && isIP(value) === 0;
}

const pins = list(leaf<string>("string", pinRule, isPin), 1, "fingerprints");
const minVersion = withDefault(choice(tlsVersions), "TLSv1.2");
const reloadMs = withDefault(ms(100, 3_600_000), 5_000);

/** Rule that checks {@link CertificateFiles}. */
export const certificateFilesRule = object({
  certFile: required(file),
  keyFile: required(file),
} satisfies RulesOf<CertificateFiles>);

/** Rules of {@link ServerTlsOptions}. */
export const serverTlsOptions = {
  certificates: required(list(certificateFilesRule, 1, "certificates")),
  minVersion,
  clientCaFile: optional(file),
  clientPins: optional(pins),
  reloadMs,
} satisfies RulesOf<ServerTlsOptions>;

/** Rule that checks {@link ServerTlsOptions} and fills in defaults. */
export const serverTlsRule = object(serverTlsOptions);

/** Rule that checks {@link ClientTlsOptions} and fills in defaults. */
export const clientTlsRule = object({
  caFile: optional(file),
  ca: optional(filled("certificates in PEM")),
  pins: optional(pins),
  serverName: optional(leaf<string>("string", "a host name", isServerName)),
  certificate: optional(certificateFilesRule),
  minVersion,
  reloadMs,
} satisfies RulesOf<ClientTlsOptions>);

/** TLS options of a server with all defaults filled in. */
export type ResolvedServerTls = Given<typeof serverTlsRule>;

/** TLS options of a client with all defaults filled in. */
export type ResolvedClientTls = Given<typeof clientTlsRule>;
