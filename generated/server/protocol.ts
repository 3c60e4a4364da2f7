// Written by photinus codegen from the schema; do not edit.

import { fieldHash, fieldKey, findField, type Protocol } from "photinus/v1";

/** What a gate knows of the schema. It never decodes a body. */
export const protocol: Protocol = {
  fingerprint: "4e7f3395bb9e6b68",
  commands: [
    {
      id: 1,
      name: "meadow.Login.Echo",
      role: "login",
      kind: "request",
      auth: "anyone",
      maxBytes: 0,
      timeoutMs: 5000,
      lane: "*",
      route: { kind: "round-robin" },
      rate: undefined,
      idempotent: false,
      heavy: false,
    },
    {
      id: 101,
      name: "meadow.Login.SignIn",
      role: "login",
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
      name: "meadow.Login.ComeBack",
      role: "login",
      kind: "request",
      auth: "anyone",
      maxBytes: 64,
      timeoutMs: 5000,
      lane: "",
      route: { kind: "session" },
      rate: { count: 5, perMs: 1000 },
      idempotent: false,
      heavy: false,
    },
    {
      id: 201,
      name: "meadow.Meadow.Enter",
      role: "meadow",
      kind: "request",
      auth: "user",
      maxBytes: 0,
      timeoutMs: 2000,
      lane: "",
      route: { kind: "hash", hash: enterRequestMeadowIdHash },
      rate: undefined,
      idempotent: false,
      heavy: false,
    },
    {
      id: 202,
      name: "meadow.Meadow.Move",
      role: "meadow",
      kind: "notify",
      auth: "user",
      maxBytes: 64,
      timeoutMs: 5000,
      lane: "",
      route: { kind: "hash", hash: stepMeadowIdHash },
      rate: { count: 60, perMs: 1000 },
      idempotent: false,
      heavy: false,
    },
    {
      id: 203,
      name: "meadow.Meadow.Flash",
      role: "meadow",
      kind: "request",
      auth: "user",
      maxBytes: 64,
      timeoutMs: 5000,
      lane: "",
      route: { kind: "hash", hash: flashRequestMeadowIdHash },
      rate: { count: 10, perMs: 1000 },
      idempotent: false,
      heavy: false,
    },
    {
      id: 204,
      name: "meadow.Meadow.Forecast",
      role: "meadow",
      kind: "request",
      auth: "user",
      maxBytes: 0,
      timeoutMs: 5000,
      lane: "forecast",
      route: { kind: "hash", hash: forecastRequestMeadowIdHash },
      rate: { count: 2, perMs: 1000 },
      idempotent: false,
      heavy: true,
    },
    {
      id: 301,
      name: "meadow.Chat.Say",
      role: "chat",
      kind: "request",
      auth: "user",
      maxBytes: 1024,
      timeoutMs: 5000,
      lane: "",
      route: { kind: "session" },
      rate: { count: 5, perMs: 1000 },
      idempotent: false,
      heavy: false,
    },
  ],
  pushes: [
    { id: 251, name: "meadow.Meadow.Entered", delivery: "reliable", key: undefined },
    { id: 252, name: "meadow.Meadow.Left", delivery: "reliable", key: undefined },
    { id: 253, name: "meadow.Meadow.Moved", delivery: "latest", key: flightFireflyIdKey },
    { id: 254, name: "meadow.Meadow.Flashed", delivery: "droppable", key: undefined },
    { id: 351, name: "meadow.Chat.Said", delivery: "reliable", key: undefined },
    { id: 352, name: "meadow.Chat.Crowd", delivery: "latest", key: undefined },
  ],
  methods: [
    {
      id: 529596906,
      name: "meadow.ChatDesk.Roll",
      role: "chat",
      kind: "request",
      timeoutMs: 5000,
      route: { kind: "round-robin" },
    },
    {
      id: 640499287,
      name: "meadow.Players.Profile",
      role: "login",
      kind: "request",
      timeoutMs: 5000,
      route: { kind: "round-robin" },
    },
    {
      id: 653887230,
      name: "meadow.ChatDesk.Departed",
      role: "chat",
      kind: "oneway",
      timeoutMs: 5000,
      route: { kind: "round-robin" },
    },
    {
      id: 880505977,
      name: "meadow.MeadowDesk.Residents",
      role: "meadow",
      kind: "request",
      timeoutMs: 1000,
      route: { kind: "hash", hash: rollRequestMeadowIdHash },
    },
    {
      id: 2681127229,
      name: "meadow.MeadowDesk.Release",
      role: "meadow",
      kind: "oneway",
      timeoutMs: 5000,
      route: { kind: "hash", hash: releasedMeadowIdHash },
    },
    {
      id: 2943075650,
      name: "meadow.ChatDesk.Arrived",
      role: "chat",
      kind: "request",
      timeoutMs: 5000,
      route: { kind: "round-robin" },
    },
  ],
  tables: async () => {
    const modules = await Promise.all([
      import("./meadow/world.tables.ts"),
    ]);
    return [
      modules[0].playerTable,
      modules[0].knownFireflyTable,
      modules[0].highScoreTable,
    ];
  },
};

/** Reads the routing key: the hash of `meadow_id` of an encoded meadow.EnterRequest. */
function enterRequestMeadowIdHash(bytes: Uint8Array, start: number, end: number): number {
  return fieldHash.uint32(bytes, findField(bytes, start, end, 8));
}

/** Reads the routing key: the hash of `meadow_id` of an encoded meadow.Step. */
function stepMeadowIdHash(bytes: Uint8Array, start: number, end: number): number {
  return fieldHash.uint32(bytes, findField(bytes, start, end, 8));
}

/** Reads the routing key: the hash of `meadow_id` of an encoded meadow.FlashRequest. */
function flashRequestMeadowIdHash(bytes: Uint8Array, start: number, end: number): number {
  return fieldHash.uint32(bytes, findField(bytes, start, end, 8));
}

/** Reads the routing key: the hash of `meadow_id` of an encoded meadow.ForecastRequest. */
function forecastRequestMeadowIdHash(bytes: Uint8Array, start: number, end: number): number {
  return fieldHash.uint32(bytes, findField(bytes, start, end, 8));
}

/** Reads the subject: `firefly_id` of an encoded meadow.Flight. */
function flightFireflyIdKey(bytes: Uint8Array, start: number, end: number): number | bigint {
  return fieldKey.uint64(bytes, findField(bytes, start, end, 8));
}

/** Reads the routing key: the hash of `meadow_id` of an encoded meadow.RollRequest. */
function rollRequestMeadowIdHash(bytes: Uint8Array, start: number, end: number): number {
  return fieldHash.uint32(bytes, findField(bytes, start, end, 8));
}

/** Reads the routing key: the hash of `meadow_id` of an encoded meadow.Released. */
function releasedMeadowIdHash(bytes: Uint8Array, start: number, end: number): number {
  return fieldHash.uint32(bytes, findField(bytes, start, end, 8));
}
