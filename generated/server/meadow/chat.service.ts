// Written by photinus codegen from meadow/chat.proto; do not edit.

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
import { Headcount, Line, Saying, SayReply } from "./chat.messages.ts";

/** What a node of role `chat` implements, by {@link implement}. */
export interface Handlers {
  /**
   * Says something to everybody in the same meadow. Fails with INVALID_ARGUMENT when there is nothing to say, and with
   * FAILED_PRECONDITION before a meadow was entered.
   *
   * Command 301, for users. Goes to the node that serves the session. At most 5/s and 1024 bytes. Answered
   * within 5000 ms.
   */
  readonly say: (request: Saying, ctx: CommandContext) => Awaitable<SayReply>;
}

const service = /* @__PURE__ */ defineService<Handlers>({
  name: "meadow.Chat",
  role: "chat",
  audience: "clients",
  commands: {
    say: {
      id: 301,
      name: "meadow.Chat.Say",
      request: Saying,
      reply: SayReply,
      timeoutMs: 5000,
      lane: "",
      heavy: false,
      idempotent: false,
    },
  },
});

/**
 * Joins the service with its handlers: a module of role `chat` gives the result to its node.
 *
 * Throws a TypeError when a handler is missing, which the compiler finds first.
 */
export function implement(handlers: Handlers): ServiceImplementation {
  return service.implement(handlers);
}

const saidPush: PushDescriptor<MessageInit<Line>> = { id: 351, name: "meadow.Chat.Said", body: Line };

/**
 * Somebody said something.
 *
 * Push 351. Never dropped.
 */
export function pushSaid(target: PushTarget, message: MessageInit<Line>): void {
  sendPush(target, saidPush, message);
}

const crowdPush: PushDescriptor<MessageInit<Headcount>> = {
  id: 352,
  name: "meadow.Chat.Crowd",
  body: Headcount,
};

/**
 * How many players are in all meadows together.
 *
 * Push 352. A client that is behind gets only the newest.
 */
export function pushCrowd(target: PushTarget, message: MessageInit<Headcount>): void {
  sendPush(target, crowdPush, message);
}
