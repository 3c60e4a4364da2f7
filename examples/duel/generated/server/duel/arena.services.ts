// Written by photinus codegen from duel/arena.proto; do not edit.
// Where duels are fought. A duel lives in the memory of the arena that its id hashes to.

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
  HoldsReply,
  HoldsRequest,
  LookRequest,
  OpenReply,
  OpenRequest,
  PlayReply,
  PlayRequest,
  View,
} from "./arena.messages.ts";

/** What a node of role `arena` implements, by {@link arena}. */
export interface ArenaHandlers {
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

/** Join it with its handlers: `arena.implement({ ... })`. */
export const arena: Service<ArenaHandlers> = /* @__PURE__ */ defineService<ArenaHandlers>({
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

const turnPush: PushDescriptor<MessageInit<View>> = { id: 251, name: "duel.Arena.Turn", body: View };

/**
 * A turn is over. The first one is shown by Look.
 *
 * Push 251. A client that is behind gets only the newest of each `duel_id`.
 */
export function pushTurn(target: PushTarget, message: MessageInit<View>): void {
  sendPush(target, turnPush, message);
}

/**
 * Methods of the arenas, for the lobby.
 *
 * What a node of role `arena` implements, by {@link arenaDesk}.
 */
export interface ArenaDeskHandlers {
  /** Answered within 2000 ms. Goes to the node chosen by hash of `duel_id`. */
  readonly open: (request: OpenRequest, ctx: MethodContext) => Awaitable<OpenReply>;

  /**
   * Whether a duel is here.
   *
   * Answered within 1000 ms. Goes to the node chosen by hash of `duel_id`. Idempotent.
   */
  readonly holds: (request: HoldsRequest, ctx: MethodContext) => Awaitable<HoldsReply>;
}

const arenaDeskOpen: MethodDescriptor<MessageInit<OpenRequest>, OpenReply> = {
  id: 506005399,
  name: "duel.ArenaDesk.Open",
  role: "arena",
  request: OpenRequest,
  reply: OpenReply,
  timeoutMs: 2000,
  heavy: false,
  idempotent: false,
};

const arenaDeskHolds: MethodDescriptor<MessageInit<HoldsRequest>, HoldsReply> = {
  id: 800038619,
  name: "duel.ArenaDesk.Holds",
  role: "arena",
  request: HoldsRequest,
  reply: HoldsReply,
  timeoutMs: 1000,
  heavy: false,
  idempotent: true,
};

const arenaDeskService = /* @__PURE__ */ defineService<ArenaDeskHandlers>({
  name: "duel.ArenaDesk",
  role: "arena",
  audience: "nodes",
  methods: { open: arenaDeskOpen, holds: arenaDeskHolds },
});

/**
 * Methods of the arenas, for the lobby.
 *
 * Implement it with `arenaDesk.implement({ ... })`; other nodes call it through a gate.
 */
export const arenaDesk = {
  /** Joins the service with its handlers. */
  implement(handlers: ArenaDeskHandlers): ServiceImplementation {
    return arenaDeskService.implement(handlers);
  },

  /** Answered within 2000 ms. Goes to the node chosen by hash of `duel_id`. */
  open(caller: Caller, request: MessageInit<OpenRequest>, options?: MethodCallOptions): Promise<OpenReply> {
    return callMethod(caller, arenaDeskOpen, request, options);
  },

  /**
   * Whether a duel is here.
   *
   * Answered within 1000 ms. Goes to the node chosen by hash of `duel_id`. Idempotent.
   */
  holds(
    caller: Caller,
    request: MessageInit<HoldsRequest>,
    options?: MethodCallOptions,
  ): Promise<HoldsReply> {
    return callMethod(caller, arenaDeskHolds, request, options);
  },
};
