// Written by photinus codegen from duel/lobby.proto; do not edit.
// Where players come in, find each other, and hear how their duels ended.

import {
  type Awaitable,
  type Caller,
  callMethod,
  type CommandContext,
  defineService,
  type MessageInit,
  type MethodCallOptions,
  type MethodContext,
  type MethodDescriptor,
  type PushDescriptor,
  type PushTarget,
  sendPush,
  type Service,
  type ServiceImplementation,
} from "photinus/v1";
import {
  Ending,
  LadderReply,
  LadderRequest,
  Match,
  QueueReply,
  QueueRequest,
  ReportReply,
  ReportRequest,
  SignInReply,
  SignInRequest,
} from "./lobby.messages.ts";

/** What a node of role `lobby` implements, by {@link lobby}. */
export interface LobbyHandlers {
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

/** Join it with its handlers: `lobby.implement({ ... })`. */
export const lobby: Service<LobbyHandlers> = /* @__PURE__ */ defineService<LobbyHandlers>({
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

/**
 * Methods of the lobby, for the arenas.
 *
 * What a node of role `lobby` implements, by {@link lobbyDesk}.
 */
export interface LobbyDeskHandlers {
  /**
   * A duel has come to its end. May be told again: the first outcome counts.
   *
   * Answered within 5000 ms. Goes to each node of the role in turn. Idempotent.
   */
  readonly report: (request: ReportRequest, ctx: MethodContext) => Awaitable<ReportReply>;
}

const lobbyDeskReport: MethodDescriptor<MessageInit<ReportRequest>, ReportReply> = {
  id: 3229569120,
  name: "duel.LobbyDesk.Report",
  role: "lobby",
  request: ReportRequest,
  reply: ReportReply,
  timeoutMs: 5000,
  heavy: false,
  idempotent: true,
};

const lobbyDeskService = /* @__PURE__ */ defineService<LobbyDeskHandlers>({
  name: "duel.LobbyDesk",
  role: "lobby",
  audience: "nodes",
  methods: { report: lobbyDeskReport },
});

/**
 * Methods of the lobby, for the arenas.
 *
 * Implement it with `lobbyDesk.implement({ ... })`; other nodes call it through a gate.
 */
export const lobbyDesk = {
  /** Joins the service with its handlers. */
  implement(handlers: LobbyDeskHandlers): ServiceImplementation {
    return lobbyDeskService.implement(handlers);
  },

  /**
   * A duel has come to its end. May be told again: the first outcome counts.
   *
   * Answered within 5000 ms. Goes to each node of the role in turn. Idempotent.
   */
  report(
    caller: Caller,
    request: MessageInit<ReportRequest>,
    options?: MethodCallOptions,
  ): Promise<ReportReply> {
    return callMethod(caller, lobbyDeskReport, request, options);
  },
};
