// Written by photinus codegen from duel/lobby.proto; do not edit.

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
import {
  Ending,
  LadderReply,
  LadderRequest,
  Match,
  QueueReply,
  QueueRequest,
  SignInReply,
  SignInRequest,
} from "./lobby.messages.ts";

/** What a node of role `lobby` implements, by {@link implement}. */
export interface Handlers {
  /**
   * Comes in: as a new guest or, with a token, as who had it. Fails with INVALID_ARGUMENT when a guest's name is empty or
   * longer than 16 characters, and with NOT_FOUND when nobody has the token.
   *
   * Command 101, open to anyone. Goes to the node that serves the session. At most 5/s and 256 bytes.
   * Answered within 5000 ms.
   */
  readonly signIn: (request: SignInRequest, ctx: CommandContext) => Awaitable<SignInReply>;

  /**
   * Waits for somebody to duel with: Matched says who. Fails with FAILED_PRECONDITION while the player's duel is not over.
   *
   * Command 102, for users. Goes to the node that serves the session. At most 5/s. Answered within 5000 ms.
   */
  readonly queue: (request: QueueRequest, ctx: CommandContext) => Awaitable<QueueReply>;

  /**
   * The players that have won most often.
   *
   * Command 103, for users. Goes to the node that serves the session. At most 2/s. Answered within 5000 ms.
   */
  readonly ladder: (request: LadderRequest, ctx: CommandContext) => Awaitable<LadderReply>;
}

const service = /* @__PURE__ */ defineService<Handlers>({
  name: "duel.Lobby",
  role: "lobby",
  audience: "clients",
  commands: {
    signIn: {
      id: 101,
      name: "duel.Lobby.SignIn",
      request: SignInRequest,
      reply: SignInReply,
      timeoutMs: 5000,
      lane: "",
      heavy: false,
      idempotent: false,
    },
    queue: {
      id: 102,
      name: "duel.Lobby.Queue",
      request: QueueRequest,
      reply: QueueReply,
      timeoutMs: 5000,
      lane: "",
      heavy: false,
      idempotent: false,
    },
    ladder: {
      id: 103,
      name: "duel.Lobby.Ladder",
      request: LadderRequest,
      reply: LadderReply,
      timeoutMs: 5000,
      lane: "",
      heavy: false,
      idempotent: false,
    },
  },
});

/**
 * Joins the service with its handlers: a module of role `lobby` gives the result to its node.
 *
 * Throws a TypeError when a handler is missing, which the compiler finds first.
 */
export function implement(handlers: Handlers): ServiceImplementation {
  return service.implement(handlers);
}

const matchedPush: PushDescriptor<MessageInit<Match>> = { id: 151, name: "duel.Lobby.Matched", body: Match };

/**
 * A duel has begun: look at it in the arena.
 *
 * Push 151. Never dropped.
 */
export function pushMatched(target: PushTarget, message: MessageInit<Match>): void {
  sendPush(target, matchedPush, message);
}

const endedPush: PushDescriptor<MessageInit<Ending>> = { id: 152, name: "duel.Lobby.Ended", body: Ending };

/**
 * A duel is over, however it ended. Both players hear of it; after a restart perhaps twice.
 *
 * Push 152. Never dropped.
 */
export function pushEnded(target: PushTarget, message: MessageInit<Ending>): void {
  sendPush(target, endedPush, message);
}
