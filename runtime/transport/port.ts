import { BlockList, createServer, type Server, type SocketAddress } from "node:net";
import { fail, type PhotinusError } from "../../schema/errors.ts";
import { graceRule } from "../clock/clock-rules.ts";
import { rateLimitOf } from "../clock/rate-limit.ts";
import { resolveOptions } from "../options/option-resolver.ts";
import { object, optional, type RulesOf } from "../options/option-rules.ts";
import { PortConnections } from "./accept/port-connections.ts";
import { Origins } from "./connection/origins.ts";
import type { DescriptorWatch } from "./descriptor-watch.ts";
import { type PortOptions, portOptionsRule } from "./port-options.ts";
import { addressOf, socketReason } from "./tcp.ts";

/** Options of {@link Port.close}. */
export interface PortCloseOptions {
  /** How long connections may take to finish, in ms. Default: the port's `closeGraceMs`. */
  graceMs?: number;
}

/** Rule that checks {@link PortCloseOptions} and fills in defaults. */
export const portCloseRule = object({ graceMs: optional(graceRule) } satisfies RulesOf<PortCloseOptions>);

/**
 * Listens on one port for frames over TCP, for WebSockets and for HTTP, distinguished by their first bytes. Rejects
 * with INVALID_ARGUMENT for a bad option, and with a `PhotinusError` that names the address and the remedy when it
 * cannot listen.
 */
export async function openPort(given: PortOptions): Promise<Port> {
  const options = resolveOptions("openPort", portOptionsRule, given);
  const core = new PortConnections(options);
  if (options.webSocket) {
    const { webSocketUpgrader } = await import("./websocket-upgrade.ts");
    core.serveHttp(
      webSocketUpgrader({
        buffers: core.buffers,
        turns: core.turns,
        clock: core.deadlines.clock,
        controlRate: rateLimitOf(options.controlRate),
        origins: new Origins(options.origins),
        onForeignOrigin: (page, remote) => core.refused("origin", remote, page),
        clientOf: (request) => core.clientOf(request),
        onTransport: (transport, socket) => core.handOver(transport, socket),
        onIllegal: (reason, remote) => core.refused(reason, remote),
        maxMessageBytes: options.maxMessageBytes,
      }),
    );
  } else if (options.http) {
    core.serveHttp(undefined);
  }
  const blockList = new Door((address) => core.refuses(address));
  const server = createServer(
    { allowHalfOpen: true, noDelay: true, pauseOnConnect: true, blockList },
    (socket) => core.accept(socket),
  );
  await listen(server, options.host, options.port);
  server.on("error", (error) => core.notAccepted(error));
  return new Port(server, core, options.closeGraceMs);
}

/** Decides on each address that connects, before Node.js makes a socket of the connection. */
class Door extends BlockList {
  readonly #refuses: (address: string) => boolean;

  constructor(refuses: (address: string) => boolean) {
    super();
    this.#refuses = refuses;
  }

  override check(address: string | SocketAddress): boolean {
    return this.#refuses(typeof address === "string" ? address : address.address);
  }
}

/** An open port. */
export class Port {
  /** Address that the port listens on. */
  readonly host: string;
  /** Number of the port, also when the system chose it. */
  readonly port: number;
  readonly #server: Server;
  readonly #core: PortConnections;
  readonly #closeGraceMs: number;
  readonly #descriptors: DescriptorWatch;

  constructor(server: Server, core: PortConnections, closeGraceMs: number) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the port is not listening");
    this.host = address.address;
    this.port = address.port;
    this.#descriptors = core.watchDescriptors(addressOf(this.host, this.port));
    this.#server = server;
    this.#core = core;
    this.#closeGraceMs = closeGraceMs;
  }

  /** Number of open connections, of any kind. */
  get connectionCount(): number {
    return this.#core.connectionCount;
  }

  /** Starts to serve the connections of a port that was opened `held`. Idempotent. */
  release(): void {
    this.#core.release();
  }

  /** Stops listening; open connections stay. Idempotent. */
  stopListening(): void {
    this.#core.closing = true;
    this.#descriptors.stop();
    if (this.#server.listening) this.#server.close();
  }

  /** Stops listening, closes the open connections, and resolves when all are gone. Idempotent. */
  async close(options: PortCloseOptions = {}): Promise<void> {
    const { graceMs = this.#closeGraceMs } = resolveOptions("Port.close", portCloseRule, options);
    this.stopListening();
    await this.#core.close(graceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(refusal(error, host, port));
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

function refusal(error: Error, host: string, port: number): PhotinusError {
  const where = `cannot listen on ${host}:${port}`;
  const code = socketReason(error);
  const cause = { cause: error };
  if (code === "EADDRINUSE")
    return fail(
      "FAILED_PRECONDITION",
      `${where}: the port is in use by another program; stop it or choose another port`,
      cause,
    );
  if (code === "EACCES")
    return fail("PERMISSION_DENIED", `${where}: not allowed; choose a port above 1023`, cause);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return fail("INVALID_ARGUMENT", `${where}: not an address of this machine; choose another host`, cause);
  return fail("UNAVAILABLE", `${where}: ${code}`, cause);
}
