// Written by photinus codegen from duel/arena.proto; do not edit.

import type { CallOptions, ClientCommand, ClientPush, Connection, MessageInit } from "@photinus/client";
import { LookRequest, PlayReply, PlayRequest, View } from "./arena.messages.ts";

const lookCommand: ClientCommand<MessageInit<LookRequest>, View> = {
  id: 201,
  name: "duel.Arena.Look",
  request: LookRequest,
  reply: View,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * How a duel stands; from now on the player hears when its arena is lost. Fails with NOT_FOUND when it is not here, or
 * is others'.
 *
 * Command 201, for users. Goes to the node chosen by hash of `duel_id`. At most 10/s and 32 bytes. Answered
 * within 5000 ms.
 */
export function look(
  connection: Connection,
  request: MessageInit<LookRequest>,
  options?: CallOptions,
): Promise<View> {
  return connection.request(lookCommand, request, options);
}

const playCommand: ClientCommand<MessageInit<PlayRequest>, PlayReply> = {
  id: 202,
  name: "duel.Arena.Play",
  request: PlayRequest,
  reply: PlayReply,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * Plays a card. Fails with FAILED_PRECONDITION when the turn is the other's or has passed, with INVALID_ARGUMENT when the
 * hand has no such card, and with NOT_FOUND as Look.
 *
 * Command 202, for users. Goes to the node chosen by hash of `duel_id`. At most 10/s and 32 bytes. Answered
 * within 5000 ms.
 */
export function play(
  connection: Connection,
  request: MessageInit<PlayRequest>,
  options?: CallOptions,
): Promise<PlayReply> {
  return connection.request(playCommand, request, options);
}

const turnPush: ClientPush<View> = { id: 251, name: "duel.Arena.Turn", body: View };

/**
 * A turn is over. The first one is shown by Look.
 *
 * Calls the listener for each; the function returned ends that. Push 251. A client that is behind gets only
 * the newest of each `duel_id`.
 */
export function onTurn(connection: Connection, listener: (message: View) => void): () => void {
  return connection.onPush(turnPush, listener);
}
