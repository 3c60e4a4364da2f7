// Written by photinus codegen from meadow/login.proto; do not edit.

import {
  type Awaitable,
  type CommandContext,
  defineService,
  raw,
  type ServiceImplementation,
} from "photinus/v1";
import { ComeBackRequest, PlayerProfile, SignInReply, SignInRequest } from "./login.messages.ts";

/** What a node of role `login` implements, by {@link implement}. */
export interface Handlers {
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

const service = /* @__PURE__ */ defineService<Handlers>({
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
 * Joins the service with its handlers: a module of role `login` gives the result to its node.
 *
 * Throws a TypeError when a handler is missing, which the compiler finds first.
 */
export function implement(handlers: Handlers): ServiceImplementation {
  return service.implement(handlers);
}
