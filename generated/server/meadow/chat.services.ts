// Written by photinus codegen from meadow/chat.proto; do not edit.
// Talk.

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
  noticeMethod,
  type PushDescriptor,
  type PushTarget,
  sendPush,
  type Service,
  type ServiceImplementation,
} from "photinus/v1";
import {
  Arrival,
  Departing,
  Headcount,
  Line,
  RollReply,
  RollRequest,
  Saying,
  SayReply,
  Welcomed,
} from "./chat.messages.ts";

/** What a node of role `chat` implements, by {@link chat}. */
export interface ChatHandlers {
  /**
   * Says something to everybody in the same meadow. Fails with INVALID_ARGUMENT when there is nothing to say, and with
   * FAILED_PRECONDITION before a meadow was entered.
   *
   * Command 301, for users. Goes to the node that serves the session. At most 5/s and 1024 bytes. Answered
   * within 5000 ms.
   */
  readonly say: (request: Saying, ctx: CommandContext) => Awaitable<SayReply>;
}

/** Join it with its handlers: `chat.implement({ ... })`. */
export const chat: Service<ChatHandlers> = /* @__PURE__ */ defineService<ChatHandlers>({
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

/**
 * Methods of chat, for other nodes.
 *
 * What a node of role `chat` implements, by {@link chatDesk}.
 */
export interface ChatDeskHandlers {
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

const chatDeskArrived: MethodDescriptor<MessageInit<Arrival>, Welcomed> = {
  id: 2943075650,
  name: "meadow.ChatDesk.Arrived",
  role: "chat",
  request: Arrival,
  reply: Welcomed,
  timeoutMs: 5000,
  heavy: false,
  idempotent: false,
};

const chatDeskDeparted: MethodDescriptor<MessageInit<Departing>, void> = {
  id: 653887230,
  name: "meadow.ChatDesk.Departed",
  role: "chat",
  request: Departing,
  reply: undefined,
  timeoutMs: 5000,
  heavy: false,
  idempotent: false,
};

const chatDeskRoll: MethodDescriptor<MessageInit<RollRequest>, RollReply> = {
  id: 529596906,
  name: "meadow.ChatDesk.Roll",
  role: "chat",
  request: RollRequest,
  reply: RollReply,
  timeoutMs: 5000,
  heavy: false,
  idempotent: false,
};

const chatDeskService = /* @__PURE__ */ defineService<ChatDeskHandlers>({
  name: "meadow.ChatDesk",
  role: "chat",
  audience: "nodes",
  methods: { arrived: chatDeskArrived, departed: chatDeskDeparted, roll: chatDeskRoll },
});

/**
 * Methods of chat, for other nodes.
 *
 * Implement it with `chatDesk.implement({ ... })`; other nodes call it through a gate.
 */
export const chatDesk = {
  /** Joins the service with its handlers. */
  implement(handlers: ChatDeskHandlers): ServiceImplementation {
    return chatDeskService.implement(handlers);
  },

  /**
   * Somebody is in a meadow now. Chat keeps who is where.
   *
   * Answered within 5000 ms. Goes to each node of the role in turn.
   */
  arrived(caller: Caller, request: MessageInit<Arrival>, options?: MethodCallOptions): Promise<Welcomed> {
    return callMethod(caller, chatDeskArrived, request, options);
  },

  /**
   * Somebody is gone.
   *
   * One-way: nobody is answered. Goes to each node of the role in turn.
   */
  departed(caller: Caller, request: MessageInit<Departing>, options?: MethodCallOptions): void {
    noticeMethod(caller, chatDeskDeparted, request, options);
  },

  /**
   * The players in a meadow, as far as chat knows: asked by a meadow's node that has been restarted.
   *
   * Answered within 5000 ms. Goes to each node of the role in turn.
   */
  roll(caller: Caller, request: MessageInit<RollRequest>, options?: MethodCallOptions): Promise<RollReply> {
    return callMethod(caller, chatDeskRoll, request, options);
  },
};
