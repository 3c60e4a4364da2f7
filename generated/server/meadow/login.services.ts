// Written by photinus codegen from meadow/login.proto; do not edit.
// Coming in: who a player is.

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
  raw,
  type Service,
  type ServiceImplementation,
} from "photinus/v1";
import {
  ComeBackRequest,
  PlayerProfile,
  ProfileRequest,
  SignInReply,
  SignInRequest,
} from "./login.messages.ts";

/** What a node of role `login` implements, by {@link login}. */
export interface LoginHandlers {
  /**
   * Answers with the bytes it was sent. Plain gfirefly clients can call it too.
   *
   * Command 1, open to anyone. Goes to each node of the role in turn. Answered within 5000 ms. Runs at once,
   * in no order.
   */
  readonly echo: (request: Uint8Array, ctx: CommandContext) => Awaitable<Uint8Array>;

  /**
   * Comes in under a name: as somebody new or, after ComeBack, as who the player was. Fails with INVALID_ARGUMENT when the
   * name is empty or longer than 16 characters.
   *
   * Command 101, open to anyone. Goes to the node that serves the session. At most 5/s and 256 bytes.
   * Answered within 5000 ms.
   */
  readonly signIn: (request: SignInRequest, ctx: CommandContext) => Awaitable<SignInReply>;

  /**
   * Comes in as the player whose token it is. Fails with NOT_FOUND when it is nobody's any more.
   *
   * Command 102, open to anyone. Goes to the node that serves the session. At most 5/s and 64 bytes. Answered
   * within 5000 ms.
   */
  readonly comeBack: (request: ComeBackRequest, ctx: CommandContext) => Awaitable<PlayerProfile>;
}

/** Join it with its handlers: `login.implement({ ... })`. */
export const login: Service<LoginHandlers> = /* @__PURE__ */ defineService<LoginHandlers>({
  name: "meadow.Login",
  role: "login",
  audience: "clients",
  commands: {
    echo: {
      id: 1,
      name: "meadow.Login.Echo",
      request: raw,
      reply: raw,
      timeoutMs: 5000,
      lane: "*",
      heavy: false,
      idempotent: false,
    },
    signIn: {
      id: 101,
      name: "meadow.Login.SignIn",
      request: SignInRequest,
      reply: SignInReply,
      timeoutMs: 5000,
      lane: "",
      heavy: false,
      idempotent: false,
    },
    comeBack: {
      id: 102,
      name: "meadow.Login.ComeBack",
      request: ComeBackRequest,
      reply: PlayerProfile,
      timeoutMs: 5000,
      lane: "",
      heavy: false,
      idempotent: false,
    },
  },
});

/**
 * Methods of login, for other nodes.
 *
 * What a node of role `login` implements, by {@link players}.
 */
export interface PlayersHandlers {
  /**
   * A player's profile. Fails with NOT_FOUND when there is none of that id.
   *
   * Answered within 5000 ms. Goes to each node of the role in turn.
   */
  readonly profile: (request: ProfileRequest, ctx: MethodContext) => Awaitable<PlayerProfile>;
}

const playersProfile: MethodDescriptor<MessageInit<ProfileRequest>, PlayerProfile> = {
  id: 640499287,
  name: "meadow.Players.Profile",
  role: "login",
  request: ProfileRequest,
  reply: PlayerProfile,
  timeoutMs: 5000,
  heavy: false,
  idempotent: false,
};

const playersService = /* @__PURE__ */ defineService<PlayersHandlers>({
  name: "meadow.Players",
  role: "login",
  audience: "nodes",
  methods: { profile: playersProfile },
});

/**
 * Methods of login, for other nodes.
 *
 * Implement it with `players.implement({ ... })`; other nodes call it through a gate.
 */
export const players = {
  /** Joins the service with its handlers. */
  implement(handlers: PlayersHandlers): ServiceImplementation {
    return playersService.implement(handlers);
  },

  /**
   * A player's profile. Fails with NOT_FOUND when there is none of that id.
   *
   * Answered within 5000 ms. Goes to each node of the role in turn.
   */
  profile(
    caller: Caller,
    request: MessageInit<ProfileRequest>,
    options?: MethodCallOptions,
  ): Promise<PlayerProfile> {
    return callMethod(caller, playersProfile, request, options);
  },
};
