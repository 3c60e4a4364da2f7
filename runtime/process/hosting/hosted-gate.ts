import { fail } from "../../../schema/errors.ts";
import type { Protocol } from "../../api/protocol.ts";
import { Gate } from "../../gate/gate.ts";
import type { GateOptions } from "../../gate/gate-options.ts";
import type { HttpHandler } from "../../transport/http.ts";
import type { GateAddress, GatePorts, ResolvedGate } from "../topology/resolved-topology.ts";
import type { Host, Hosted } from "./hosted.ts";
import { importDefault } from "./import-module.ts";
import { openLinkTrust } from "./open-link-trust.ts";

/** Gate that runs in this process. */
export interface HostedGate extends Hosted {
  readonly gate: Gate;
  readonly ports: GatePorts;
}

/**
 * Opens a gate of a topology. A restarted gate listens on its former `ports`, and knows its `peers` already. Throws
 * FAILED_PRECONDITION when the module of `http` exports no handler.
 */
export async function openGate(
  resolved: ResolvedGate,
  protocol: Protocol,
  host: Host,
  ports: GatePorts | undefined,
  peers: readonly GateAddress[],
): Promise<HostedGate> {
  const links = await openLinkTrust(resolved, host.links, host);
  const options: GateOptions = {
    name: resolved.name,
    protocol,
    listen: { ...resolved.listen, port: ports?.client.port ?? resolved.listen.port },
    links: { host: resolved.links.host, port: ports?.links.port ?? resolved.links.port },
    classic: resolved.classic,
    session: resolved.session,
    frame: resolved.frame,
    origins: resolved.origins,
    http: await httpOf(resolved),
    requireSchema: resolved.requireSchema,
    clients: resolved.clients,
    ...(resolved.heartbeatMs === undefined ? {} : { heartbeatMs: resolved.heartbeatMs }),
    advertise: resolved.advertise,
    ...(resolved.auth === undefined ? {} : { auth: resolved.auth }),
    ...(host.ticketStore === undefined ? {} : { ticketStore: host.ticketStore }),
    compression: resolved.compression,
    ...(resolved.queue === undefined ? {} : { queue: resolved.queue }),
    logins: resolved.logins,
    linkTrust: {
      ...{ keys: links.keys, tls: links.tls, serverTls: links.serverTls },
      ...{ peers: host.links.peers, plaintext: host.links.plaintext },
    },
    peers,
    readyWaitMs: resolved.readyWaitMs,
    readyNodes: resolved.readyNodes,
    limits: resolved.limits,
    clock: host.clock,
    log: host.log,
  };
  const gate = await Gate.open(options).catch((error: unknown) => {
    links.close();
    throw error;
  });
  const { clientAddress: client, linkAddress } = gate;
  if (client === undefined || linkAddress === undefined)
    throw fail("INTERNAL", "the gate opened without ports");
  return {
    name: resolved.name,
    gate,
    counters: gate.counters,
    ports: { client, links: linkAddress },
    moveGates: (addresses) => gate.setPeers(addresses),
    setMinRelease: (minRelease) => gate.setMinRelease(minRelease),
    figures: () => {
      const { name: _name, client: address, counters, ...figures } = gate.status();
      return { address, ...figures, counters: Object.fromEntries(counters) };
    },
    close: (close) => gate.close(close).finally(() => links.close()),
  };
}

/** Imports the module of a gate's `http`, if any. Throws as {@link openGate} does. */
export async function importHttp(resolved: ResolvedGate): Promise<void> {
  await httpOf(resolved);
}

async function httpOf({ http }: ResolvedGate): Promise<HttpHandler | undefined> {
  if (!(http instanceof URL)) return http;
  const handler = await importDefault(http, "a function (request, response) => void");
  if (typeof handler === "function") return handler as HttpHandler;
  throw fail(
    "FAILED_PRECONDITION",
    `invalid default export of ${http.pathname}; expected a function (request, response) => void`,
  );
}
