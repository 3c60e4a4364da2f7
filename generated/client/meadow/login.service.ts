// Written by photinus codegen from meadow/login.proto; do not edit.

import {
  type CallOptions,
  type ClientCommand,
  type Connection,
  type MessageInit,
  raw,
} from "@photinus/client";
import { ComeBackRequest, PlayerProfile, SignInReply, SignInRequest } from "./login.messages.ts";

const echoCommand: ClientCommand<Uint8Array, Uint8Array> = {
  id: 1,
  name: "meadow.Login.Echo",
  request: raw,
  reply: raw,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * Answers with the bytes it was sent. Plain gfirefly clients can call it too.
 *
 * Command 1, open to anyone. Goes to each node of the role in turn. Answered within 5000 ms. Runs at once,
 * in no order.
 */
export function echo(
  connection: Connection,
  request: Uint8Array,
  options?: CallOptions,
): Promise<Uint8Array> {
  return connection.request(echoCommand, request, options);
}

const signInCommand: ClientCommand<MessageInit<SignInRequest>, SignInReply> = {
  id: 101,
  name: "meadow.Login.SignIn",
  request: SignInRequest,
  reply: SignInReply,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * Comes in under a name: as somebody new or, after ComeBack, as who the player was. Fails with INVALID_ARGUMENT when the
 * name is empty or longer than 16 characters.
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

const comeBackCommand: ClientCommand<MessageInit<ComeBackRequest>, PlayerProfile> = {
  id: 102,
  name: "meadow.Login.ComeBack",
  request: ComeBackRequest,
  reply: PlayerProfile,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * Comes in as the player whose token it is. Fails with NOT_FOUND when it is nobody's any more.
 *
 * Command 102, open to anyone. Goes to the node that serves the session. At most 5/s and 64 bytes. Answered
 * within 5000 ms.
 */
export function comeBack(
  connection: Connection,
  request: MessageInit<ComeBackRequest>,
  options?: CallOptions,
): Promise<PlayerProfile> {
  return connection.request(comeBackCommand, request, options);
}
