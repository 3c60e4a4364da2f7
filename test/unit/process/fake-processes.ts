import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import type { Child, ChildEvents } from "../../../runtime/process/supervisor/launch.ts";
import { Supervisor } from "../../../runtime/process/supervisor/supervisor.ts";
import type { Order } from "../../../runtime/process/supervisor/supervisor-messages.ts";
import type {
  GatePorts,
  ResolvedProcess,
  ResolvedTopology,
} from "../../../runtime/process/topology/resolved-topology.ts";
import { sampleProtocol } from "./protocol-sample.ts";

/** A process that does what a test says. */
export class FakeProcess implements Child {
  readonly pid: number;
  readonly target: ResolvedProcess;
  readonly events: ChildEvents;
  readonly orders: Order[] = [];
  readonly signals: string[] = [];
  alive = true;
  readonly #figures: Readonly<Record<string, unknown>> | undefined;

  constructor(
    pid: number,
    target: ResolvedProcess,
    events: ChildEvents,
    figures?: Readonly<Record<string, unknown>>,
  ) {
    this.#figures = figures;
    this.pid = pid;
    this.target = target;
    this.events = events;
  }

  send(order: Order): void {
    if (order.photinus !== "status" || this.#figures === undefined) this.orders.push(order);
    else {
      const status = { memoryBytes: 5, figures: this.#figures };
      this.events.onReport({ photinus: "status", key: order.key, status });
    }
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    this.signals.push(signal);
    if (signal === "SIGKILL") this.exit(null, "signal SIGKILL");
  }

  ready(ports?: GatePorts): void {
    this.events.onReport({ photinus: "ready", ports });
  }

  loaded(): void {
    this.events.onReport({ photinus: "loaded" });
  }

  exit(code: number | null, how = `exit code ${code}`): void {
    if (!this.alive) return;
    this.alive = false;
    this.events.onExit(code, how);
  }
}

export const ports = (port: number): GatePorts => ({
  client: { host: "127.0.0.1", port },
  links: { host: "127.0.0.1", port: port + 1 },
});

function topologyOf(gates: readonly string[], nodes: readonly string[]): ResolvedTopology {
  return {
    source: "photinus.config.ts",
    protocol: sampleProtocol(["scene"]),
    links: { keys: [], tls: undefined, plaintext: false, ownKey: false, peers: { nodes: [], gates: [] } },
    data: { kind: "embedded", file: ":memory:", synchronous: "normal" },
    gates: gates.map((name) => ({
      kind: "gate",
      name,
      listen: { host: "127.0.0.1", port: 0 },
      links: { host: "127.0.0.1", port: 0, advertise: "127.0.0.1" },
      classic: true,
      session: true,
      frame: {},
      requireSchema: false,
      clients: {},
      compression: false,
      origins: undefined,
      http: undefined,
      heartbeatMs: undefined,
      advertise: {},
      auth: undefined,
      queue: undefined,
      logins: {},
      readyWaitMs: 0,
      readyNodes: {},
      limits: {},
    })),
    nodes: nodes.map((name) => ({ kind: "node", name, role: "scene", module: [], limits: {} })),
    log: { level: "info", file: undefined },
    onUnhandledRejection: "log",
    health: undefined,
    graceMs: 1000,
    warnings: [],
  };
}

/** A supervisor of processes that do what a test says, and answer status requests with the figures, if any. */
export function supervise(
  gates: readonly string[] = ["gate"],
  nodes: readonly string[] = ["scene-1"],
  figures?: Readonly<Record<string, unknown>>,
) {
  const clock = new FakeClock();
  const started: FakeProcess[] = [];
  const supervisor = new Supervisor(topologyOf(gates, nodes), {
    clock,
    log: silentLogger,
    launch: (target, events) => {
      const process = new FakeProcess(started.length + 1, target, events, figures);
      started.push(process);
      return process;
    },
  });
  void supervisor.start();
  const latest = (name: string) => started.findLast((one) => one.target.name === name)!;
  return { clock, supervisor, started, latest };
}
