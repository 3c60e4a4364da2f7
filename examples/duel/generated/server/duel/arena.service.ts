// Written by photinus codegen from duel/arena.proto; do not edit.

import {
  type Awaitable,
  type CommandContext,
  defineService,
  type MessageInit,
  type PushDescriptor,
  type PushTarget,
  sendPush,
  type ServiceImplementation,
} from "photinus/v1";
import { LookRequest, PlayReply, PlayRequest, View } from "./arena.messages.ts";

/** What a node of role `arena` implements, by {@link implement}. */
export interface Handlers {
  /**
   * How a duel stands; from now on the player hears when its arena is lost. Fails with NOT_FOUND when it is not here, or
   * is others'.
   *
   * Command 201, for users. Goes to the node chosen by hash of `duel_id`. At most 10/s and 32 bytes. Answered
   * within 5000 ms.
   */
  readonly look: (request: LookRequest, ctx: CommandContext) => Awaitable<View>;

  /**
   * Plays a card. Fails with FAILED_PRECONDITION when the turn is the other's or has passed, with INVALID_ARGUMENT when the
   * hand has no such card, and with NOT_FOUND as Look.
   *
   * Command 202, for users. Goes to the node chosen by hash of `duel_id`. At most 10/s and 32 bytes. Answered
   * within 5000 ms.
   */
  readonly play: (request: PlayRequest, ctx: CommandContext) => Awaitable<PlayReply>;
}

const service = /* @__PURE__ */ defineService<Handlers>({
  name: "duel.Arena",
  role: "arena",
  audience: "clients",
  commands: {
    look: {
      id: 201,
      name: "duel.Arena.Look",
      request: LookRequest,
      reply: View,
      timeoutMs: 5000,
      lane: "",
      heavy: false,
      idempotent: false,
    },
    play: {
      id: 202,
      name: "duel.Arena.Play",
      request: PlayRequest,
      reply: PlayReply,
      timeoutMs: 5000,
      lane: "",
      heavy: false,
      idempotent: false,
    },
  },
});

/**
 * Joins the service with its handlers: a module of role `arena` gives the result to its node.
 *
 * Throws a TypeError when a handler is missing, which the compiler finds first.
 */
export function implement(handlers: Handlers): ServiceImplementation {
  return service.implement(handlers);
}

const turnPush: PushDescriptor<MessageInit<View>> = { id: 251, name: "duel.Arena.Turn", body: View };

/**
 * A turn is over. The first one is shown by Look.
 *
 * Push 251. A client that is behind gets only the newest of each `duel_id`.
 */
export function pushTurn(target: PushTarget, message: MessageInit<View>): void {
  sendPush(target, turnPush, message);
}
