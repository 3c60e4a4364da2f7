import {
  anything,
  choice,
  file,
  flag,
  head,
  host,
  list,
  name,
  object,
  optional,
  port,
  required,
  type Shape,
  whole,
} from "../diagnosis/shape.ts";
import { logLevels } from "./topology.ts";

const hourMs = 3_600_000;

const limits = object(
  {
    maxFrameBytes: optional(whole(64, 0x4000_0000, "bytes")),
    maxInFlight: optional(whole(1, 1_000_000, "requests")),
    maxConnections: optional(whole(1, 10_000_000, "connections")),
    handshakeMs: optional(whole(10, hourMs, "milliseconds")),
    maxBufferedBytes: optional(whole(1024, 0x4000_0000, "bytes")),
  },
  { maxFrame: "maxFrameBytes", maxBytes: "maxFrameBytes", inFlight: "maxInFlight" },
);

const gate = object(
  {
    name: required(name),
    listen: required(object({ host: optional(host), port: required(port) })),
    links: optional(object({ host: optional(host), port: optional(port), advertise: optional(host) })),
    classic: optional(flag),
    session: optional(flag),
    frame: optional(
      object({
        head: optional(head),
        layout: optional(choice(["standard", "wide"])),
        serverVersion: optional(whole(0, 0xffff_ffff, "the version")),
      }),
    ),
    http: optional(anything),
    heartbeatMs: optional(whole(100, hourMs, "milliseconds")),
    limits: optional(limits),
  },
  {
    port: "listen.port",
    host: "listen.host",
    netport: "listen.port",
    rootport: "links.port",
    webport: "listen.port",
  },
);

const node = object(
  {
    role: required(name),
    name: optional(name),
    instances: optional(whole(1, 1000, "instances")),
    module: optional(anything),
    external: optional(flag),
  },
  { app: "module", count: "instances", remoteport: "links of the gates" },
);

/** Every option that a topology may have. What goes beyond one option is checked in `resolve.ts`. */
export const topologyShape: Shape = object(
  {
    protocol: required(anything),
    gates: required(list(gate, 1, "gates")),
    nodes: required(list(node, 0, "nodes")),
    log: optional(object({ level: optional(choice(logLevels)), file: optional(file) })),
    stop: optional(object({ graceMs: optional(whole(0, hourMs, "milliseconds")) })),
  },
  { servers: "nodes", master: "gates" },
);
