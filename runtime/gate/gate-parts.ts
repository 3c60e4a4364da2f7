import { randomUUID } from "node:crypto";
import { errorCodes } from "../../schema/errors.ts";
import { Deadlines } from "../clock/deadlines.ts";
import { CountedLog } from "../log/counted-log.ts";
import { Counters } from "../log/counters.ts";
import { longestGroupName } from "../rpc/link-administration.ts";
import { Admissions } from "../transport/connection/admissions.ts";
import { type Revocations, revocationsOf } from "./auth/revocations.ts";
import { ticketsOf } from "./auth/tickets.ts";
import { CanaryChanges } from "./canary/canary-changes.ts";
import { Clients } from "./client/clients.ts";
import { GateCompression } from "./compression/gate-compression.ts";
import { ClientReleases } from "./entrance/client-releases.ts";
import { ClientBudgets } from "./flood/client-budgets.ts";
import { NodeLoads } from "./flood/node-loads.ts";
import { type GateCore, Refusals } from "./gate-core.ts";
import type { ResolvedGateOptions } from "./gate-options.ts";
import type { PortAddress } from "./gate-status.ts";
import { Arrivals } from "./moves/arrivals.ts";
import { Departures } from "./moves/departures.ts";
import { Fetches } from "./moves/fetches.ts";
import { Administration } from "./nodes/administration.ts";
import { MapFormNodes } from "./nodes/map-form-nodes.ts";
import { MethodCalls } from "./nodes/method-calls.ts";
import { NodeChangeNotices } from "./nodes/node-change-notices.ts";
import { NodeLinks } from "./nodes/node-links.ts";
import { NodeRegistry } from "./nodes/node-registry.ts";
import { clientAddresses } from "./peers/client-addresses.ts";
import { GatePeers } from "./peers/gate-peers.ts";
import { Groups } from "./push/groups.ts";
import { Pushes } from "./push/pushes.ts";
import type { DeprecatedUses } from "./route/deprecated-uses.ts";
import { RouteTable } from "./route/route-table.ts";
import { Router } from "./route/router.ts";
import type { GateSession, KickOut } from "./session/gate-session.ts";
import { SessionNotices } from "./session/session-notices.ts";
import { SessionTable } from "./session/session-table.ts";
import { SuspendedSessions } from "./session/suspended-sessions.ts";
import { Users } from "./session/users.ts";
import { UserBinds } from "./users/user-binds.ts";

/** Parts of one gate, connected to one another. They have no ports. */
export class GateParts {
  readonly core: GateCore;
  readonly nodes: NodeRegistry;
  readonly sessions = new SessionTable();
  readonly users = new Users();
  readonly groups: Groups;
  readonly peers: GatePeers;
  readonly binds: UserBinds;
  readonly revocations: Revocations;
  readonly suspended: SuspendedSessions;
  readonly loads: NodeLoads;
  readonly clients: Clients;
  readonly uses: DeprecatedUses;
  readonly releases: ClientReleases;
  readonly departures: Departures;
  readonly arrivals: Arrivals;
  readonly mapForm: MapFormNodes;
  readonly links: NodeLinks;
  readonly admissions: Admissions;

  /** @param clientAddress returns the address that the gate listens on for clients */
  constructor(resolved: ResolvedGateOptions, clientAddress: () => PortAddress | undefined) {
    const { protocol, clock, limits } = resolved;
    const counters = resolved.counters ?? new Counters();
    const log = resolved.log.child({ gate: resolved.name });
    const counted = new CountedLog(log, clock);
    this.core = {
      name: resolved.name,
      bootId: randomUUID(),
      schema: protocol.fingerprint,
      clock,
      deadlines: new Deadlines(clock),
      log,
      counted,
      counters,
      limits,
      refusals: new Refusals(counted, counters),
      compression: new GateCompression(protocol, resolved.compression, counters),
    };
    const core = this.core;
    const { deadlines } = core;
    this.admissions = new Admissions(limits, clock);
    this.nodes = new NodeRegistry({
      deadlines,
      log: counted,
      rejoinMs: limits.rejoinMs,
      limit: limits.nodeCount,
    });
    const kick: KickOut = (session, code, reason, reconnect) => this.#kick(session, code, reason, reconnect);
    this.peers = new GatePeers(core, resolved.link, resolved.linkTrust);
    const revocations = revocationsOf(core, { users: this.users, peers: this.peers, kick }, resolved);
    this.revocations = revocations;
    this.binds = new UserBinds(
      core,
      {
        sessions: this.sessions,
        users: this.users,
        peers: this.peers,
        kick,
        introduce: (link) => revocations.introduce(link),
      },
      resolved.logins,
    );
    this.groups = new Groups({
      perSessionCount: limits.groupsPerSession,
      count: limits.groupCount,
      nameChars: longestGroupName,
    });
    const notices = new SessionNotices();
    const onSlow = (session: GateSession) => this.#onSlow(session);
    const sessions = this.sessions;
    const users = this.users;
    const groups = this.groups;
    const binds = this.binds;
    this.nodes.watcher = new NodeChangeNotices(core, {
      nodes: this.nodes,
      sessions,
      groups,
      notices,
      onNodeLost: (node) => {
        this.arrivals.nodeLost(node);
        this.departures.nodeLost(node);
      },
    });
    this.loads = new NodeLoads(core, resolved.heartbeatMs, (session) => this.clients.inputOf(session));
    const routes = new RouteTable(protocol, this.nodes);
    this.uses = routes.uses;
    const router = new Router(core, routes, this.nodes, notices, onSlow, this.loads);
    const pushes = new Pushes(core, protocol, { sessions, users, groups }, onSlow);
    const suspended = new SuspendedSessions(core, (session, reason) => this.clients.ended(session, reason));
    this.suspended = suspended;
    const budgets = new ClientBudgets(limits, (host) => this.admissions.bucketsOf(host));
    const fetches = new Fetches(core, this.peers);
    const tickets = ticketsOf(core, { binds, notices, nodes: this.nodes, revocations, kick }, resolved.auth);
    this.releases = new ClientReleases(protocol, resolved.clients);
    this.clients = new Clients(
      core,
      {
        router,
        pushes,
        sessions,
        users,
        binds,
        groups,
        notices,
        suspended,
        fetches,
        tickets,
        budgets,
        loads: this.loads,
      },
      {
        format: resolved.frame,
        classic: resolved.classic,
        session: resolved.session,
        heartbeatMs: resolved.heartbeatMs,
        requireSchema: resolved.requireSchema,
        queue: resolved.queue,
        releases: this.releases,
      },
    );
    this.departures = new Departures(core, {
      sessions,
      nodes: this.nodes,
      peers: this.peers,
      clients: this.clients,
      binds,
    });
    this.arrivals = new Arrivals(core, {
      sessions,
      binds,
      groups,
      pushes,
      nodes: this.nodes,
      notices,
      tickets,
      revocations,
      suspended,
      resumption: this.clients.resumption,
      end: (session, reason) => this.clients.ended(session, reason),
      addresses: () => clientAddresses(resolved.advertise, clientAddress(), resolved.listen),
    });
    const methods = new MethodCalls(core, protocol, this.nodes);
    this.nodes.onChange = (role) => {
      router.nodesChanged(role);
      methods.released(role);
    };
    const administration = new Administration(core, {
      sessions,
      binds,
      groups,
      notices,
      nodes: this.nodes,
      tickets,
      revocations,
      kick,
    });
    this.mapForm = new MapFormNodes({ core, nodes: this.nodes, sessions, pushes, administration }, methods);
    this.links = new NodeLinks(
      {
        core,
        protocol,
        nodes: this.nodes,
        methods,
        canaries: new CanaryChanges(core, (role) => this.nodes.onChange(role)),
        pushes,
        administration,
        mapForm: this.mapForm,
        revocations,
        binds,
        arrivals: this.arrivals,
        peers: this.peers,
        trust: resolved.linkTrust,
        moveAway: async (gate, token) => {
          const session = this.clients.resumption.find(token);
          return session === undefined ? "nowhere" : this.departures.fetched(gate, session);
        },
      },
      resolved.link,
    );
  }

  #kick(session: GateSession, code: number, reason: string, reconnect: boolean): void {
    this.core.counters.add("client.kicked");
    this.clients.kick(session, code, reason, reconnect);
  }

  /**
   * Kicks a client whose unsent bytes or held-back pushes exceed their limit. A client without a connection is not slow: the session
   * ends, and the client learns OVERRUN when it comes back.
   */
  #onSlow(session: GateSession): void {
    if (session.ended) return;
    if (session.suspended) {
      this.suspended.overrun(session);
      return;
    }
    this.core.refusals.note("client.closed.slow", { session: session.id, remote: session.remote });
    this.clients.kick(session, errorCodes.RESOURCE_EXHAUSTED, "the client reads too slowly", true);
  }
}
