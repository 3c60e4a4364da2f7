import type {
  CommandDescriptor,
  MethodDescriptor,
  PushDescriptor,
} from "../../../runtime/api/descriptors.ts";
import type { CommandContext, MethodContext } from "../../../runtime/api/handler-context.ts";
import type { CommandEntry, MethodEntry, Protocol, PushEntry } from "../../../runtime/api/protocol.ts";
import { defineService, type ServiceImplementation } from "../../../runtime/api/service.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";

type Body = Uint8Array;
export type CommandHandlers = Record<string, (body: Body, ctx: CommandContext) => unknown>;
export type MethodHandlers = Record<string, (body: Body, ctx: MethodContext) => unknown>;

function command(id: number, name: string, more: Partial<CommandEntry> = {}): CommandEntry {
  return {
    id,
    name: `probe.Probe.${name}`,
    role: "probe",
    kind: "request",
    auth: "anyone",
    maxBytes: 0,
    timeoutMs: 5_000,
    lane: "",
    route: { kind: "session" },
    rate: undefined,
    idempotent: false,
    heavy: false,
    ...more,
  };
}

const firstByte = { kind: "hash", hash: (bytes: Body, start: number) => bytes[start] ?? 0 } as const;

/** Commands whose bodies are bytes, one for each thing that a gate can do. */
export const commands = {
  echo: command(1, "Echo", { lane: "*", route: { kind: "round-robin" } }),
  sticky: command(10, "Sticky"),
  hashed: command(11, "Hashed", { route: firstByte }),
  turn: command(12, "Turn", { lane: "*", route: { kind: "round-robin" } }),
  named: command(13, "Named", { route: { kind: "node", node: "probe-2" } }),
  /** Idempotent, by each route, on a lane or on none. */
  look: command(14, "Look", { lane: "*", route: { kind: "round-robin" }, idempotent: true }),
  lookSticky: command(15, "LookSticky", { idempotent: true }),
  lookHashed: command(16, "LookHashed", { route: firstByte, idempotent: true }),
  lookFree: command(17, "LookFree", { lane: "*", route: firstByte, idempotent: true }),
  login: command(20, "Login"),
  act: command(21, "Act", { auth: "user" }),
  rule: command(22, "Rule", { auth: "admin" }),
  small: command(23, "Small", { maxBytes: 4 }),
  rare: command(24, "Rare", { rate: { count: 2, perMs: 60_000 } }),
  short: command(25, "Short", { timeoutMs: 1_000 }),
  note: command(30, "Note", { kind: "notify", route: firstByte }),
  noteFree: command(33, "NoteFree", { kind: "notify", lane: "*", route: firstByte }),
  ask: command(31, "Ask", { route: firstByte }),
  free: command(32, "Free", { lane: "*" }),
  other: command(40, "Other", { role: "other" }),
} as const satisfies Record<string, CommandEntry>;

function method(id: number, name: string, more: Partial<MethodEntry> = {}): MethodEntry {
  const route = { kind: "round-robin" } as const;
  return { id, name: `probe.Desk.${name}`, role: "other", kind: "request", timeoutMs: 5_000, route, ...more };
}

export const methods = {
  double: method(1001, "Double"),
  hint: method(1002, "Hint", { kind: "oneway" }),
  where: method(1003, "Where", { route: { kind: "hash", hash: (bytes, start) => bytes[start] ?? 0 } }),
} as const satisfies Record<string, MethodEntry>;

export const pushes = {
  reliable: { id: 501, name: "probe.Probe.Reliable", delivery: "reliable", key: undefined },
  latest: { id: 502, name: "probe.Probe.Latest", delivery: "latest", key: (bytes, start) => bytes[start]! },
  droppable: { id: 503, name: "probe.Probe.Droppable", delivery: "droppable", key: undefined },
} as const satisfies Record<string, PushEntry>;

export const protocol: Protocol = {
  fingerprint: "0123456789abcdef",
  commands: Object.values(commands),
  methods: Object.values(methods),
  pushes: Object.values(pushes),
};

/** The protocol with commands that time out late, for tests of what waits in a gate on a busy machine. */
export const patientProtocol: Protocol = {
  ...protocol,
  commands: protocol.commands.map((entry) => ({ ...entry, timeoutMs: 60_000 })),
};

export const reliable: PushDescriptor<Body> = { ...pushes.reliable, body: raw };

export function methodOf(entry: MethodEntry, idempotent = false): MethodDescriptor<Body, Body> {
  const { id, name, role, timeoutMs, kind } = entry;
  const reply = kind === "oneway" ? undefined : raw;
  return { id, name, role, request: raw, reply, timeoutMs, heavy: false, idempotent };
}

/** A service of these handlers, by the names of the tables above. */
export function serve(role: string, of: CommandHandlers, desk: MethodHandlers = {}): ServiceImplementation {
  const described: Record<string, CommandDescriptor<unknown, unknown>> = {};
  for (const [name, entry] of Object.entries(commands)) {
    if (!(name in of)) continue;
    const { id, name: fullName, timeoutMs, lane, kind, idempotent } = entry;
    const reply = kind === "notify" ? undefined : raw;
    const more = { timeoutMs, lane, heavy: false, idempotent };
    described[name] = { id, name: fullName, request: raw, reply, ...more };
  }
  const asked: Record<string, MethodDescriptor<unknown, unknown>> = {};
  for (const [name, entry] of Object.entries(methods)) if (name in desk) asked[name] = methodOf(entry);
  const service = defineService<object>({
    name: "probe.Probe",
    role,
    audience: "clients",
    commands: described,
    methods: asked,
  });
  return service.implement({ ...of, ...desk });
}
