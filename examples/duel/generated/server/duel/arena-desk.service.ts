// Written by photinus codegen from duel/arena.proto; do not edit.
// Methods of the arenas, for the lobby.

import {
  type Awaitable,
  type Caller,
  callMethod,
  defineService,
  type MessageInit,
  type MethodCallOptions,
  type MethodContext,
  type MethodDescriptor,
  type ServiceImplementation,
} from "photinus/v1";
import { HoldsReply, HoldsRequest, OpenReply, OpenRequest } from "./arena.messages.ts";

/**
 * Methods of the arenas, for the lobby.
 *
 * What a node of role `arena` implements, by {@link implement}.
 */
export interface Handlers {
  /** Answered within 2000 ms. Goes to the node chosen by hash of `duel_id`. */
  readonly open: (request: OpenRequest, ctx: MethodContext) => Awaitable<OpenReply>;

  /**
   * Whether a duel is here.
   *
   * Answered within 1000 ms. Goes to the node chosen by hash of `duel_id`. Idempotent.
   */
  readonly holds: (request: HoldsRequest, ctx: MethodContext) => Awaitable<HoldsReply>;
}

const openMethod: MethodDescriptor<MessageInit<OpenRequest>, OpenReply> = {
  id: 506005399,
  name: "duel.ArenaDesk.Open",
  role: "arena",
  request: OpenRequest,
  reply: OpenReply,
  timeoutMs: 2000,
  heavy: false,
  idempotent: false,
};

const holdsMethod: MethodDescriptor<MessageInit<HoldsRequest>, HoldsReply> = {
  id: 800038619,
  name: "duel.ArenaDesk.Holds",
  role: "arena",
  request: HoldsRequest,
  reply: HoldsReply,
  timeoutMs: 1000,
  heavy: false,
  idempotent: true,
};

const service = /* @__PURE__ */ defineService<Handlers>({
  name: "duel.ArenaDesk",
  role: "arena",
  audience: "nodes",
  methods: { open: openMethod, holds: holdsMethod },
});

/**
 * Joins the service with its handlers: a module of role `arena` gives the result to its node.
 *
 * Throws a TypeError when a handler is missing, which the compiler finds first.
 */
export function implement(handlers: Handlers): ServiceImplementation {
  return service.implement(handlers);
}

/** Answered within 2000 ms. Goes to the node chosen by hash of `duel_id`. */
export function open(
  caller: Caller,
  request: MessageInit<OpenRequest>,
  options?: MethodCallOptions,
): Promise<OpenReply> {
  return callMethod(caller, openMethod, request, options);
}

/**
 * Whether a duel is here.
 *
 * Answered within 1000 ms. Goes to the node chosen by hash of `duel_id`. Idempotent.
 */
export function holds(
  caller: Caller,
  request: MessageInit<HoldsRequest>,
  options?: MethodCallOptions,
): Promise<HoldsReply> {
  return callMethod(caller, holdsMethod, request, options);
}
