import { randomUUID } from "node:crypto";
import type { SecureContext, SecureContextOptions, TLSSocket } from "node:tls";
import type { Clock } from "../../clock/clock.ts";
import { systemClock } from "../../clock/clock.ts";
import { Counters } from "../../log/counters.ts";
import { type Logger, silentLogger } from "../../log/logger.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import {
  type LoadedCertificate,
  loadAuthorities,
  loadCertificate,
  makeContext,
} from "./certificate-loading.ts";
import { CertificatePins } from "./certificate-pins.ts";
import { ExpiryWarning } from "./expiry-warning.ts";
import { ReloadedFiles } from "./reloaded-files.ts";
import { type ResolvedServerTls, type ServerTlsOptions, serverTlsRule } from "./tls-options.ts";
import { commonContextOptions, serverOnlyOptions, withoutTickets } from "./tls-profile.ts";

/** Ports of the process that credentials use. */
export interface CredentialPorts {
  /** Default: the system clock. */
  readonly clock?: Clock;
  /** Default: no log. */
  readonly log?: Logger;
  /** Counts "tls.reloaded", "tls.reload-failed". Default: new counters. */
  readonly counters?: Counters | undefined;
}

interface ServerState {
  readonly certificates: readonly (LoadedCertificate & { readonly context: SecureContext })[];
  readonly defaults: SecureContextOptions;
}

/**
 * Certificates of a side that accepts connections, from files that are checked for changes. Connections that are open
 * keep their keys; each new connection gets the current certificate.
 */
export class ServerCredentials {
  readonly #files: ReloadedFiles<ServerState>;
  readonly #pins: CertificatePins | undefined;
  readonly #options: ResolvedServerTls;

  private constructor(options: ResolvedServerTls, files: ReloadedFiles<ServerState>) {
    this.#options = options;
    this.#files = files;
    this.#pins = options.clientPins && new CertificatePins(options.clientPins);
  }

  /**
   * Loads and checks the files. Rejects with INVALID_ARGUMENT for a bad option, and with FAILED_PRECONDITION that names
   * a bad file and its fault: unreadable, not PEM, expired, or a key of another certificate.
   */
  static async open(options: ServerTlsOptions, ports: CredentialPorts = {}): Promise<ServerCredentials> {
    const resolved = resolveOptions("ServerCredentials.open", serverTlsRule, options);
    const { clock = systemClock, log = silentLogger, counters = new Counters() } = ports;
    const warning = new ExpiryWarning(clock, log);
    // With client certificates, OpenSSL fails a resumption without an id instead of ignoring it.
    const sessionIdContext = randomUUID().slice(0, 32);
    const files = await ReloadedFiles.open<ServerState>({
      paths: pathsOf(resolved),
      make: (contents) => {
        const { clientCaFile } = resolved;
        const ca = clientCaFile === undefined ? undefined : loadAuthorities(clientCaFile, contents);
        const asksClient = ca !== undefined || resolved.clientPins !== undefined;
        const optionsOf = ({ cert, key }: LoadedCertificate): SecureContextOptions => ({
          ...commonContextOptions(resolved.minVersion),
          ...(asksClient ? withoutTickets : serverOnlyOptions),
          sessionIdContext,
          cert,
          key,
          ...(ca === undefined ? {} : { ca }),
        });
        const certificates = resolved.certificates.map((one) => {
          const loaded = loadCertificate(one, contents, clock.wall());
          return { ...loaded, context: makeContext(optionsOf(loaded), one.certFile) };
        });
        return { certificates, defaults: optionsOf(certificates[0]!) };
      },
      onCheck: ({ certificates }) => warning.check(certificates),
      everyMs: resolved.reloadMs,
      clock,
      log,
      counters,
    });
    warning.check(files.value.certificates);
    return new ServerCredentials(resolved, files);
  }

  /** Whether clients must show a certificate. */
  get asksClient(): boolean {
    return this.#options.clientCaFile !== undefined || this.#options.clientPins !== undefined;
  }

  /** Options of the first certificate, for `tls.Server.setSecureContext`. */
  get defaults(): SecureContextOptions {
    return this.#files.value.defaults;
  }

  /** Fingerprints of the certificates in use, SHA-256 in hexadecimal digits with colons. */
  get fingerprints(): readonly string[] {
    return this.#files.value.certificates.map(({ leaf }) => leaf.fingerprint256);
  }

  /** Returns the context of the first certificate that is valid for a server name; otherwise that of the first one. */
  contextFor(serverName: string | undefined): SecureContext {
    const { certificates } = this.#files.value;
    const found = serverName && certificates.find(({ leaf }) => leaf.checkHost(serverName) !== undefined);
    return (found || certificates[0]!).context;
  }

  /**
   * Checks the certificate of a client after the handshake. Returns undefined when it is accepted, or when none is
   * needed; otherwise the reason: "no-certificate", "wrong-certificate".
   */
  refusalOf(socket: TLSSocket): "no-certificate" | "wrong-certificate" | undefined {
    if (!this.asksClient) return undefined;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return "no-certificate";
    if (this.#options.clientCaFile !== undefined && !socket.authorized) return "wrong-certificate";
    return this.#pins === undefined || this.#pins.allows(certificate) ? undefined : "wrong-certificate";
  }

  /** Calls `listener` after each reload. Returns a function that removes the listener. */
  onChange(listener: () => void): () => void {
    return this.#files.onChange(listener);
  }

  /** Checks the files now, as after a signal. Never rejects; a bad file is logged and counted. */
  check(): Promise<void> {
    return this.#files.check();
  }

  /** Stops the checks of the files. Idempotent. */
  close(): void {
    this.#files.close();
  }
}

function pathsOf({ certificates, clientCaFile }: ResolvedServerTls): string[] {
  const paths = certificates.flatMap(({ certFile, keyFile }) => [certFile, keyFile]);
  return [...new Set(clientCaFile === undefined ? paths : [...paths, clientCaFile])];
}
