// Written by photinus codegen from duel/lobby.proto; do not edit.

import type { CallOptions, ClientCommand, ClientPush, Connection, MessageInit } from "@photinus/client";
import {
  Ending,
  LadderReply,
  LadderRequest,
  Match,
  QueueReply,
  QueueRequest,
  SignInReply,
  SignInRequest,
} from "./lobby.messages.ts";

const signInCommand: ClientCommand<MessageInit<SignInRequest>, SignInReply> = {
  id: 101,
  name: "duel.Lobby.SignIn",
  request: SignInRequest,
  reply: SignInReply,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * Comes in: as a new guest or, with a token, as who had it. Fails with INVALID_ARGUMENT when a guest's name is empty or
 * longer than 16 characters, and with NOT_FOUND when nobody has the token.
 *
 * Command 101, open to anyone. Goes to the node that serves the session. At most 5/s and 256 bytes.
 * Answered within 5000 ms.
 */
export function signIn(
  connection: Connection,
  request: MessageInit<SignInRequest>,
  options?: CallOptions,
): Promise<SignInReply> {
  return connection.request(signInCommand, request, options);
}

const queueCommand: ClientCommand<MessageInit<QueueRequest>, QueueReply> = {
  id: 102,
  name: "duel.Lobby.Queue",
  request: QueueRequest,
  reply: QueueReply,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * Waits for somebody to duel with: Matched says who. Fails with FAILED_PRECONDITION while the player's duel is not over.
 *
 * Command 102, for users. Goes to the node that serves the session. At most 5/s. Answered within 5000 ms.
 */
export function queue(
  connection: Connection,
  request: MessageInit<QueueRequest>,
  options?: CallOptions,
): Promise<QueueReply> {
  return connection.request(queueCommand, request, options);
}

const ladderCommand: ClientCommand<MessageInit<LadderRequest>, LadderReply> = {
  id: 103,
  name: "duel.Lobby.Ladder",
  request: LadderRequest,
  reply: LadderReply,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * The players that have won most often.
 *
 * Command 103, for users. Goes to the node that serves the session. At most 2/s. Answered within 5000 ms.
 */
export function ladder(
  connection: Connection,
  request: MessageInit<LadderRequest>,
  options?: CallOptions,
): Promise<LadderReply> {
  return connection.request(ladderCommand, request, options);
}

const matchedPush: ClientPush<Match> = { id: 151, name: "duel.Lobby.Matched", body: Match };

/**
 * A duel has begun: look at it in the arena.
 *
 * Calls the listener for each; the function returned ends that. Push 151. Never dropped.
 */
export function onMatched(connection: Connection, listener: (message: Match) => void): () => void {
  return connection.onPush(matchedPush, listener);
}

const endedPush: ClientPush<Ending> = { id: 152, name: "duel.Lobby.Ended", body: Ending };

/**
 * A duel is over, however it ended. Both players hear of it; after a restart perhaps twice.
 *
 * Calls the listener for each; the function returned ends that. Push 152. Never dropped.
 */
export function onEnded(connection: Connection, listener: (message: Ending) => void): () => void {
  return connection.onPush(endedPush, listener);
}
