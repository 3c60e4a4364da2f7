import { isIP } from "node:net";
import type { ConnectionOptions, SecureContext, TLSSocket } from "node:tls";
import { systemClock } from "../../clock/clock.ts";
import { Counters } from "../../log/counters.ts";
import { silentLogger } from "../../log/logger.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import {
  type LoadedCertificate,
  loadAuthorities,
  loadCertificate,
  makeContext,
  readCertificates,
} from "./certificate-loading.ts";
import { CertificatePins } from "./certificate-pins.ts";
import { ExpiryWarning } from "./expiry-warning.ts";
import { ReloadedFiles } from "./reloaded-files.ts";
import type { CredentialPorts } from "./server-credentials.ts";
import { type ClientTlsOptions, clientTlsRule, type ResolvedClientTls } from "./tls-options.ts";
import { commonContextOptions } from "./tls-profile.ts";

interface ClientState {
  readonly context: SecureContext;
  readonly certificates: readonly LoadedCertificate[];
}

/**
 * Credentials of a side that opens connections: what it accepts of a server, and the certificate that it shows. Files
 * are checked for changes; each new connection uses the current ones.
 */
export class ClientCredentials {
  readonly #options: ResolvedClientTls;
  readonly #files: ReloadedFiles<ClientState>;
  readonly #pins: CertificatePins | undefined;

  private constructor(options: ResolvedClientTls, files: ReloadedFiles<ClientState>) {
    this.#options = options;
    this.#files = files;
    this.#pins = options.pins && new CertificatePins(options.pins);
  }

  /**
   * Loads and checks the files. Rejects with INVALID_ARGUMENT for a bad option, and with FAILED_PRECONDITION that names
   * a bad file and its fault.
   */
  static async open(options: ClientTlsOptions = {}, ports: CredentialPorts = {}): Promise<ClientCredentials> {
    const resolved = resolveOptions("ClientCredentials.open", clientTlsRule, options);
    const { clock = systemClock, log = silentLogger, counters = new Counters() } = ports;
    const { ca: text, caFile, certificate, minVersion } = resolved;
    if (text !== undefined) readCertificates("option ca", "TLS authorities", text);
    const warning = new ExpiryWarning(clock, log);
    const files = await ReloadedFiles.open<ClientState>({
      paths: [caFile, certificate?.certFile, certificate?.keyFile].filter((path) => path !== undefined),
      make: (contents) => {
        const ca = caFile === undefined ? text : loadAuthorities(caFile, contents);
        const own = certificate && loadCertificate(certificate, contents, clock.wall());
        const context = makeContext(
          {
            ...commonContextOptions(minVersion),
            ...(ca === undefined ? {} : { ca }),
            ...(own === undefined ? {} : { cert: own.cert, key: own.key }),
          },
          certificate?.certFile ?? caFile ?? "option ca",
        );
        return { context, certificates: own === undefined ? [] : [own] };
      },
      onCheck: ({ certificates }) => warning.check(certificates),
      everyMs: resolved.reloadMs,
      clock,
      log,
      counters,
    });
    warning.check(files.value.certificates);
    return new ClientCredentials(resolved, files);
  }

  /** Whether the server's certificate is checked against authorities and the host name. */
  get checksAuthority(): boolean {
    const { ca, caFile, pins } = this.#options;
    return pins === undefined || ca !== undefined || caFile !== undefined;
  }

  /**
   * Returns the options of `tls.connect` for a host. With `checksAuthority` Node.js itself rejects a bad certificate;
   * {@link refusalOf} must be called for the pins after "secureConnect", before any byte is sent or read.
   */
  connectOptions(host: string): ConnectionOptions {
    const name = this.#options.serverName ?? host;
    return {
      host,
      secureContext: this.#files.value.context,
      // An IP address is no server name (RFC 6066, section 3); Node.js then checks the certificate against `host`.
      ...(isIP(name) === 0 ? { servername: name } : {}),
      rejectUnauthorized: this.checksAuthority,
    };
  }

  /** Checks the server's certificate against the pins. Returns undefined when it is accepted, or else the reason. */
  refusalOf(socket: TLSSocket): string | undefined {
    if (this.#pins === undefined || this.#pins.allows(socket.getPeerX509Certificate())) return undefined;
    return "the server's certificate matches none of the pinned fingerprints";
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
