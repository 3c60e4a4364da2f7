// Written by photinus codegen from meadow/login.proto; do not edit.
// Methods of login, for other nodes.

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
import { PlayerProfile, ProfileRequest } from "./login.messages.ts";

/**
 * Methods of login, for other nodes.
 *
 * What a node of role `login` implements, by {@link implement}.
 */
export interface Handlers {
  /**
   * A player's profile. Fails with NOT_FOUND when there is none of that id.
   *
   * Answered within 5000 ms. Goes to each node of the role in turn.
   */
  readonly profile: (request: ProfileRequest, ctx: MethodContext) => Awaitable<PlayerProfile>;
}

const profileMethod: MethodDescriptor<MessageInit<ProfileRequest>, PlayerProfile> = {
  id: 640499287,
  name: "meadow.Players.Profile",
  role: "login",
  request: ProfileRequest,
  reply: PlayerProfile,
  timeoutMs: 5000,
  heavy: false,
  idempotent: false,
};

const service = /* @__PURE__ */ defineService<Handlers>({
  name: "meadow.Players",
  role: "login",
  audience: "nodes",
  methods: { profile: profileMethod },
});

/**
 * Joins the service with its handlers: a module of role `login` gives the result to its node.
 *
 * Throws a TypeError when a handler is missing, which the compiler finds first.
 */
export function implement(handlers: Handlers): ServiceImplementation {
  return service.implement(handlers);
}

/**
 * A player's profile. Fails with NOT_FOUND when there is none of that id.
 *
 * Answered within 5000 ms. Goes to each node of the role in turn.
 */
export function profile(
  caller: Caller,
  request: MessageInit<ProfileRequest>,
  options?: MethodCallOptions,
): Promise<PlayerProfile> {
  return callMethod(caller, profileMethod, request, options);
}
