import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "../../log/logger.ts";
import { Admissions } from "../../transport/connection/admissions.ts";
import { onlyRead } from "../../transport/http.ts";
import { openPort, type Port } from "../../transport/port.ts";
import type { StatusReport } from "../supervisor/status-report.ts";
import { unreadyLines } from "./unready-reasons.ts";

/** Subject of a {@link HealthAddress}. */
export interface Observed {
  status(): Promise<StatusReport>;
  /** Whether the topology has been asked to stop. */
  readonly isStopping: boolean;
}

/** Most open connections. A probe takes milliseconds. */
const connectionCount = 64;

/** How long a connection may be silent, and how long its request may take to arrive, in ms. */
const silenceMs = 5_000;

/**
 * HTTP address for load balancers and orchestrators. `GET /ready` answers 200 when all gates and nodes serve, else 503 with a
 * line for each that does not. `GET /live` answers 200 while this process runs.
 */
export class HealthAddress {
  readonly #observed: Observed;
  /** Request for the status that is under way; shared by all probes of that time. */
  #asking: Promise<StatusReport> | undefined;
  #port: Port | undefined;

  private constructor(observed: Observed) {
    this.#observed = observed;
  }

  /** Opens the address. Throws FAILED_PRECONDITION, with the address, when the port is in use. */
  static async open(
    listen: { readonly host: string; readonly port: number },
    observed: Observed,
    log: Logger,
  ): Promise<HealthAddress> {
    const health = new HealthAddress(observed);
    health.#port = await openPort({
      ...listen,
      log,
      webSocket: false,
      tcp: false,
      onTransport: (transport) => transport.destroy("expected HTTP"),
      http: (request, response) => health.#answer(request, response),
      httpIdleMs: silenceMs,
      firstBytesMs: silenceMs,
      closeGraceMs: 0,
      admissions: new Admissions({
        connectionCount,
        connectionsPerAddress: connectionCount,
        ipv6PrefixBits: 64,
      }),
    });
    const { host, port } = health.#port;
    log.info(
      { health: `http://${host.includes(":") ? `[${host}]` : host}:${port}/ready` },
      "health address open",
    );
    return health;
  }

  /** Number of the port, also when the system chose it. */
  get port(): number {
    return this.#port?.port ?? 0;
  }

  async close(): Promise<void> {
    await this.#port?.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Probes send one request a connection; an idle one would keep another probe out.
    response.shouldKeepAlive = false;
    if (onlyRead(request, response)) return;
    const [path] = (request.url ?? "").split("?", 1);
    if (path === "/live") answer(response, 200, "live\n");
    else if (path !== "/ready") answer(response, 404, "not found; expected /ready or /live\n");
    else {
      const lines = await this.#unready();
      answer(
        response,
        lines.length === 0 ? 200 : 503,
        lines.length === 0 ? "ready\n" : `${lines.join("\n")}\n`,
      );
    }
  }

  async #unready(): Promise<string[]> {
    this.#asking ??= this.#observed.status().finally(() => {
      this.#asking = undefined;
    });
    const report = await this.#asking;
    return unreadyLines(report, this.#observed.isStopping);
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain", "cache-control": "no-store" }).end(text);
}
