// Written by photinus codegen from meadow/meadow.proto; do not edit.
// Methods of the meadows, for other nodes.

import {
  type Awaitable,
  type Caller,
  callMethod,
  defineService,
  type MessageInit,
  type MethodCallOptions,
  type MethodContext,
  type MethodDescriptor,
  noticeMethod,
  type ServiceImplementation,
} from "photinus/v1";
import { RollReply, RollRequest } from "./chat.messages.ts";
import { Released } from "./meadow.messages.ts";

/**
 * Methods of the meadows, for other nodes.
 *
 * What a node of role `meadow` implements, by {@link implement}.
 */
export interface Handlers {
  /**
   * A player went to another meadow.
   *
   * One-way: nobody is answered. Goes to the node chosen by hash of `meadow_id`.
   */
  readonly release: (request: Released, ctx: MethodContext) => Awaitable<void>;

  /**
   * The players in a meadow: asked by chat, which keeps who is where.
   *
   * Answered within 1000 ms. Goes to the node chosen by hash of `meadow_id`.
   */
  readonly residents: (request: RollRequest, ctx: MethodContext) => Awaitable<RollReply>;
}

const releaseMethod: MethodDescriptor<MessageInit<Released>, void> = {
  id: 2681127229,
  name: "meadow.MeadowDesk.Release",
  role: "meadow",
  request: Released,
  reply: undefined,
  timeoutMs: 5000,
  heavy: false,
  idempotent: false,
};

const residentsMethod: MethodDescriptor<MessageInit<RollRequest>, RollReply> = {
  id: 880505977,
  name: "meadow.MeadowDesk.Residents",
  role: "meadow",
  request: RollRequest,
  reply: RollReply,
  timeoutMs: 1000,
  heavy: false,
  idempotent: false,
};

const service = /* @__PURE__ */ defineService<Handlers>({
  name: "meadow.MeadowDesk",
  role: "meadow",
  audience: "nodes",
  methods: { release: releaseMethod, residents: residentsMethod },
});

/**
 * Joins the service with its handlers: a module of role `meadow` gives the result to its node.
 *
 * Throws a TypeError when a handler is missing, which the compiler finds first.
 */
export function implement(handlers: Handlers): ServiceImplementation {
  return service.implement(handlers);
}

/**
 * A player went to another meadow.
 *
 * One-way: nobody is answered. Goes to the node chosen by hash of `meadow_id`.
 */
export function release(caller: Caller, request: MessageInit<Released>, options?: MethodCallOptions): void {
  noticeMethod(caller, releaseMethod, request, options);
}

/**
 * The players in a meadow: asked by chat, which keeps who is where.
 *
 * Answered within 1000 ms. Goes to the node chosen by hash of `meadow_id`.
 */
export function residents(
  caller: Caller,
  request: MessageInit<RollRequest>,
  options?: MethodCallOptions,
): Promise<RollReply> {
  return callMethod(caller, residentsMethod, request, options);
}
