// Written by photinus codegen from meadow/chat.proto; do not edit.
// Methods of chat, for other nodes.

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
import { Arrival, Departing, RollReply, RollRequest, Welcomed } from "./chat.messages.ts";

/**
 * Methods of chat, for other nodes.
 *
 * What a node of role `chat` implements, by {@link implement}.
 */
export interface Handlers {
  /**
   * Somebody is in a meadow now. Chat keeps who is where.
   *
   * Answered within 5000 ms. Goes to each node of the role in turn.
   */
  readonly arrived: (request: Arrival, ctx: MethodContext) => Awaitable<Welcomed>;

  /**
   * Somebody is gone.
   *
   * One-way: nobody is answered. Goes to each node of the role in turn.
   */
  readonly departed: (request: Departing, ctx: MethodContext) => Awaitable<void>;

  /**
   * The players in a meadow, as far as chat knows: asked by a meadow's node that has been restarted.
   *
   * Answered within 5000 ms. Goes to each node of the role in turn.
   */
  readonly roll: (request: RollRequest, ctx: MethodContext) => Awaitable<RollReply>;
}

const arrivedMethod: MethodDescriptor<MessageInit<Arrival>, Welcomed> = {
  id: 2943075650,
  name: "meadow.ChatDesk.Arrived",
  role: "chat",
  request: Arrival,
  reply: Welcomed,
  timeoutMs: 5000,
  heavy: false,
  idempotent: false,
};

const departedMethod: MethodDescriptor<MessageInit<Departing>, void> = {
  id: 653887230,
  name: "meadow.ChatDesk.Departed",
  role: "chat",
  request: Departing,
  reply: undefined,
  timeoutMs: 5000,
  heavy: false,
  idempotent: false,
};

const rollMethod: MethodDescriptor<MessageInit<RollRequest>, RollReply> = {
  id: 529596906,
  name: "meadow.ChatDesk.Roll",
  role: "chat",
  request: RollRequest,
  reply: RollReply,
  timeoutMs: 5000,
  heavy: false,
  idempotent: false,
};

const service = /* @__PURE__ */ defineService<Handlers>({
  name: "meadow.ChatDesk",
  role: "chat",
  audience: "nodes",
  methods: { arrived: arrivedMethod, departed: departedMethod, roll: rollMethod },
});

/**
 * Joins the service with its handlers: a module of role `chat` gives the result to its node.
 *
 * Throws a TypeError when a handler is missing, which the compiler finds first.
 */
export function implement(handlers: Handlers): ServiceImplementation {
  return service.implement(handlers);
}

/**
 * Somebody is in a meadow now. Chat keeps who is where.
 *
 * Answered within 5000 ms. Goes to each node of the role in turn.
 */
export function arrived(
  caller: Caller,
  request: MessageInit<Arrival>,
  options?: MethodCallOptions,
): Promise<Welcomed> {
  return callMethod(caller, arrivedMethod, request, options);
}

/**
 * Somebody is gone.
 *
 * One-way: nobody is answered. Goes to each node of the role in turn.
 */
export function departed(
  caller: Caller,
  request: MessageInit<Departing>,
  options?: MethodCallOptions,
): void {
  noticeMethod(caller, departedMethod, request, options);
}

/**
 * The players in a meadow, as far as chat knows: asked by a meadow's node that has been restarted.
 *
 * Answered within 5000 ms. Goes to each node of the role in turn.
 */
export function roll(
  caller: Caller,
  request: MessageInit<RollRequest>,
  options?: MethodCallOptions,
): Promise<RollReply> {
  return callMethod(caller, rollMethod, request, options);
}
