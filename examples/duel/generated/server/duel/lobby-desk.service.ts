// Written by photinus codegen from duel/lobby.proto; do not edit.
// Methods of the lobby, for the arenas.

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
import { ReportReply, ReportRequest } from "./lobby.messages.ts";

/**
 * Methods of the lobby, for the arenas.
 *
 * What a node of role `lobby` implements, by {@link implement}.
 */
export interface Handlers {
  /**
   * A duel has come to its end. May be told again: the first outcome counts.
   *
   * Answered within 5000 ms. Goes to each node of the role in turn. Idempotent.
   */
  readonly report: (request: ReportRequest, ctx: MethodContext) => Awaitable<ReportReply>;
}

const reportMethod: MethodDescriptor<MessageInit<ReportRequest>, ReportReply> = {
  id: 3229569120,
  name: "duel.LobbyDesk.Report",
  role: "lobby",
  request: ReportRequest,
  reply: ReportReply,
  timeoutMs: 5000,
  heavy: false,
  idempotent: true,
};

const service = /* @__PURE__ */ defineService<Handlers>({
  name: "duel.LobbyDesk",
  role: "lobby",
  audience: "nodes",
  methods: { report: reportMethod },
});

/**
 * Joins the service with its handlers: a module of role `lobby` gives the result to its node.
 *
 * Throws a TypeError when a handler is missing, which the compiler finds first.
 */
export function implement(handlers: Handlers): ServiceImplementation {
  return service.implement(handlers);
}

/**
 * A duel has come to its end. May be told again: the first outcome counts.
 *
 * Answered within 5000 ms. Goes to each node of the role in turn. Idempotent.
 */
export function report(
  caller: Caller,
  request: MessageInit<ReportRequest>,
  options?: MethodCallOptions,
): Promise<ReportReply> {
  return callMethod(caller, reportMethod, request, options);
}
