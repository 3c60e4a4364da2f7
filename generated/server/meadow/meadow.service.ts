// Written by photinus codegen from meadow/meadow.proto; do not edit.

import {
  type Awaitable,
  type CommandContext,
  defineService,
  type HeavyHandler,
  type MessageInit,
  type PushDescriptor,
  type PushTarget,
  sendPush,
  type ServiceImplementation,
} from "photinus/v1";
import {
  Departure,
  EnterReply,
  EnterRequest,
  Firefly,
  FlashReply,
  FlashRequest,
  Flight,
  ForecastReply,
  ForecastRequest,
  Glow,
  Step,
} from "./meadow.messages.ts";

/** What a node of role `meadow` implements, by {@link implement}. */
export interface Handlers {
  /**
   * Enters a meadow, leaving the one before. Fails with NOT_FOUND when there is none of that id, with
   * RESOURCE_EXHAUSTED when it is full, and with UNAUTHENTICATED when the player must sign in again.
   *
   * Command 201, for users. Goes to the node chosen by hash of `meadow_id`. Answered within 2000 ms.
   */
  readonly enter: (request: EnterRequest, ctx: CommandContext) => Awaitable<EnterReply>;

  /**
   * Takes a step; nobody waits for an answer.
   *
   * Command 202, a notify, for users. Goes to the node chosen by hash of `meadow_id`. At most 60/s and 64
   * bytes.
   */
  readonly move: (request: Step, ctx: CommandContext) => Awaitable<void>;

  /**
   * Lights up. Fails with FAILED_PRECONDITION when the light is still recharging.
   *
   * Command 203, for users. Goes to the node chosen by hash of `meadow_id`. At most 10/s and 64 bytes.
   * Answered within 5000 ms.
   */
  readonly flash: (request: FlashRequest, ctx: CommandContext) => Awaitable<FlashReply>;

  /**
   * Where the most fireflies will be: a long computation, run on a worker thread.
   *
   * Command 204, for users. Goes to the node chosen by hash of `meadow_id`. At most 2/s. Answered within 5000
   * ms. On the lane `forecast`. Runs on a worker thread.
   */
  readonly forecast: HeavyHandler<ForecastRequest, ForecastReply>;
}

const service = /* @__PURE__ */ defineService<Handlers>({
  name: "meadow.Meadow",
  role: "meadow",
  audience: "clients",
  commands: {
    enter: {
      id: 201,
      name: "meadow.Meadow.Enter",
      request: EnterRequest,
      reply: EnterReply,
      timeoutMs: 2000,
      lane: "",
      heavy: false,
      idempotent: false,
    },
    move: {
      id: 202,
      name: "meadow.Meadow.Move",
      request: Step,
      reply: undefined,
      timeoutMs: 5000,
      lane: "",
      heavy: false,
      idempotent: false,
    },
    flash: {
      id: 203,
      name: "meadow.Meadow.Flash",
      request: FlashRequest,
      reply: FlashReply,
      timeoutMs: 5000,
      lane: "",
      heavy: false,
      idempotent: false,
    },
    forecast: {
      id: 204,
      name: "meadow.Meadow.Forecast",
      request: ForecastRequest,
      reply: ForecastReply,
      timeoutMs: 5000,
      lane: "forecast",
      heavy: true,
      idempotent: false,
    },
  },
});

/**
 * Joins the service with its handlers: a module of role `meadow` gives the result to its node.
 *
 * Throws a TypeError when a handler is missing, which the compiler finds first.
 */
export function implement(handlers: Handlers): ServiceImplementation {
  return service.implement(handlers);
}

const enteredPush: PushDescriptor<MessageInit<Firefly>> = {
  id: 251,
  name: "meadow.Meadow.Entered",
  body: Firefly,
};

/**
 * A firefly came into the meadow.
 *
 * Push 251. Never dropped.
 */
export function pushEntered(target: PushTarget, message: MessageInit<Firefly>): void {
  sendPush(target, enteredPush, message);
}

const leftPush: PushDescriptor<MessageInit<Departure>> = {
  id: 252,
  name: "meadow.Meadow.Left",
  body: Departure,
};

/**
 * A firefly left the meadow.
 *
 * Push 252. Never dropped.
 */
export function pushLeft(target: PushTarget, message: MessageInit<Departure>): void {
  sendPush(target, leftPush, message);
}

const movedPush: PushDescriptor<MessageInit<Flight>> = { id: 253, name: "meadow.Meadow.Moved", body: Flight };

/**
 * A firefly took a step.
 *
 * Push 253. A client that is behind gets only the newest of each `firefly_id`.
 */
export function pushMoved(target: PushTarget, message: MessageInit<Flight>): void {
  sendPush(target, movedPush, message);
}

const flashedPush: PushDescriptor<MessageInit<Glow>> = { id: 254, name: "meadow.Meadow.Flashed", body: Glow };

/**
 * A firefly lit up.
 *
 * Push 254. Dropped while a client is behind.
 */
export function pushFlashed(target: PushTarget, message: MessageInit<Glow>): void {
  sendPush(target, flashedPush, message);
}
