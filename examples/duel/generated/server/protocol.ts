// Written by photinus codegen from the schema; do not edit.

import { fieldHash, fieldKey, findField, type Protocol } from "photinus/v1";

/** What a gate knows of the schema. It never decodes a body. */
export const protocol: Protocol = {
  fingerprint: "1728ed35dd748425",
  commands: [
    {
      id: 101,
      name: "duel.Lobby.SignIn",
      role: "lobby",
      kind: "request",
      auth: "anyone",
      maxBytes: 256,
      timeoutMs: 5000,
      lane: "",
      route: { kind: "session" },
      rate: { count: 5, perMs: 1000 },
      idempotent: false,
      heavy: false,
    },
    {
      id: 102,
      name: "duel.Lobby.Queue",
      role: "lobby",
      kind: "request",
      auth: "user",
      maxBytes: 0,
      timeoutMs: 5000,
      lane: "",
      route: { kind: "session" },
      rate: { count: 5, perMs: 1000 },
      idempotent: false,
      heavy: false,
    },
    {
      id: 103,
      name: "duel.Lobby.Ladder",
      role: "lobby",
      kind: "request",
      auth: "user",
      maxBytes: 0,
      timeoutMs: 5000,
      lane: "",
      route: { kind: "session" },
      rate: { count: 2, perMs: 1000 },
      idempotent: false,
      heavy: false,
    },
    {
      id: 201,
      name: "duel.Arena.Look",
      role: "arena",
      kind: "request",
      auth: "user",
      maxBytes: 32,
      timeoutMs: 5000,
      lane: "",
      route: { kind: "hash", hash: lookRequestDuelIdHash },
      rate: { count: 10, perMs: 1000 },
      idempotent: false,
      heavy: false,
    },
    {
      id: 202,
      name: "duel.Arena.Play",
      role: "arena",
      kind: "request",
      auth: "user",
      maxBytes: 32,
      timeoutMs: 5000,
      lane: "",
      route: { kind: "hash", hash: playRequestDuelIdHash },
      rate: { count: 10, perMs: 1000 },
      idempotent: false,
      heavy: false,
    },
  ],
  pushes: [
    { id: 151, name: "duel.Lobby.Matched", delivery: "reliable", key: undefined },
    { id: 152, name: "duel.Lobby.Ended", delivery: "reliable", key: undefined },
    { id: 251, name: "duel.Arena.Turn", delivery: "latest", key: viewDuelIdKey },
  ],
  methods: [
    {
      id: 506005399,
      name: "duel.ArenaDesk.Open",
      role: "arena",
      kind: "request",
      timeoutMs: 2000,
      route: { kind: "hash", hash: openRequestDuelIdHash },
    },
    {
      id: 800038619,
      name: "duel.ArenaDesk.Holds",
      role: "arena",
      kind: "request",
      timeoutMs: 1000,
      route: { kind: "hash", hash: holdsRequestDuelIdHash },
    },
    {
      id: 3229569120,
      name: "duel.LobbyDesk.Report",
      role: "lobby",
      kind: "request",
      timeoutMs: 5000,
      route: { kind: "round-robin" },
    },
  ],
  tables: async () => {
    const modules = await Promise.all([
      import("./duel/cards.tables.ts"),
    ]);
    return [
      modules[0].playerTable,
      modules[0].cardTable,
      modules[0].duelResultTable,
    ];
  },
};

/** Reads the routing key: the hash of `duel_id` of an encoded duel.LookRequest. */
function lookRequestDuelIdHash(bytes: Uint8Array, start: number, end: number): number {
  return fieldHash.uint64(bytes, findField(bytes, start, end, 8));
}

/** Reads the routing key: the hash of `duel_id` of an encoded duel.PlayRequest. */
function playRequestDuelIdHash(bytes: Uint8Array, start: number, end: number): number {
  return fieldHash.uint64(bytes, findField(bytes, start, end, 8));
}

/** Reads the subject: `duel_id` of an encoded duel.View. */
function viewDuelIdKey(bytes: Uint8Array, start: number, end: number): number | bigint {
  return fieldKey.uint64(bytes, findField(bytes, start, end, 8));
}

/** Reads the routing key: the hash of `duel_id` of an encoded duel.OpenRequest. */
function openRequestDuelIdHash(bytes: Uint8Array, start: number, end: number): number {
  return fieldHash.uint64(bytes, findField(bytes, start, end, 8));
}

/** Reads the routing key: the hash of `duel_id` of an encoded duel.HoldsRequest. */
function holdsRequestDuelIdHash(bytes: Uint8Array, start: number, end: number): number {
  return fieldHash.uint64(bytes, findField(bytes, start, end, 8));
}
