import type { CommandEntry, Protocol, PushEntry } from "../../../../runtime/api/protocol.ts";

function command(id: number, name: string, more: Partial<CommandEntry> = {}): CommandEntry {
  return {
    id,
    name: `chaos.Chaos.${name}`,
    role: "chaos",
    kind: "request",
    auth: "anyone",
    maxBytes: 0,
    timeoutMs: 30_000,
    lane: "",
    route: { kind: "session" },
    rate: undefined,
    idempotent: false,
    heavy: false,
    ...more,
  };
}

/** Commands of the load. Their bodies are texts: `player number`. */
export const entries = {
  login: command(1, "Login"),
  /** In order, on the session's lane. */
  turn: command(2, "Turn"),
  /** At once, in no order. */
  free: command(3, "Free", { lane: "*" }),
  /** May be run again by the client and the gate. */
  look: command(4, "Look", { lane: "*", idempotent: true }),
  note: command(5, "Note", { kind: "notify" }),
} as const satisfies Record<string, CommandEntry>;

export type RequestName = "turn" | "free" | "look";

/** Requests whose second run is an error. */
export const onceOnly: ReadonlySet<string> = new Set(["turn", "free"]);

export const pushEntries = {
  /** Body: `stream number`. */
  counted: { id: 501, name: "chaos.Chaos.Counted", delivery: "reliable", key: undefined },
  /** To the group of all sessions that have logged in. Body: `stream number`. */
  toGroup: { id: 503, name: "chaos.Chaos.ToGroup", delivery: "reliable", key: undefined },
  /** Body: the key as one digit, then ` stream value`. */
  latest: { id: 502, name: "chaos.Chaos.Latest", delivery: "latest", key: (bytes, start) => bytes[start]! },
} as const satisfies Record<string, PushEntry>;

export const protocol: Protocol = {
  fingerprint: "c4a05c4a05c4a05c",
  commands: Object.values(entries),
  methods: [],
  pushes: Object.values(pushEntries),
};
