// Written by photinus codegen from meadow/chat.proto; do not edit.

import type { CallOptions, ClientCommand, ClientPush, Connection, MessageInit } from "@photinus/client";
import { Headcount, Line, Saying, SayReply } from "./chat.messages.ts";

const sayCommand: ClientCommand<MessageInit<Saying>, SayReply> = {
  id: 301,
  name: "meadow.Chat.Say",
  request: Saying,
  reply: SayReply,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * Says something to everybody in the same meadow. Fails with INVALID_ARGUMENT when there is nothing to say, and with
 * FAILED_PRECONDITION before a meadow was entered.
 *
 * Command 301, for users. Goes to the node that serves the session. At most 5/s and 1024 bytes. Answered
 * within 5000 ms.
 */
export function say(
  connection: Connection,
  request: MessageInit<Saying>,
  options?: CallOptions,
): Promise<SayReply> {
  return connection.request(sayCommand, request, options);
}

const saidPush: ClientPush<Line> = { id: 351, name: "meadow.Chat.Said", body: Line };

/**
 * Somebody said something.
 *
 * Calls the listener for each; the function returned ends that. Push 351. Never dropped.
 */
export function onSaid(connection: Connection, listener: (message: Line) => void): () => void {
  return connection.onPush(saidPush, listener);
}

const crowdPush: ClientPush<Headcount> = { id: 352, name: "meadow.Chat.Crowd", body: Headcount };

/**
 * How many players are in all meadows together.
 *
 * Calls the listener for each; the function returned ends that. Push 352. A client that is behind gets only
 * the newest.
 */
export function onCrowd(connection: Connection, listener: (message: Headcount) => void): () => void {
  return connection.onPush(crowdPush, listener);
}
