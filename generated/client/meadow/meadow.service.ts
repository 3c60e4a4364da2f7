// Written by photinus codegen from meadow/meadow.proto; do not edit.

import type { CallOptions, ClientCommand, ClientPush, Connection, MessageInit } from "@photinus/client";
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

const enterCommand: ClientCommand<MessageInit<EnterRequest>, EnterReply> = {
  id: 201,
  name: "meadow.Meadow.Enter",
  request: EnterRequest,
  reply: EnterReply,
  timeoutMs: 2000,
  idempotent: false,
};

/**
 * Enters a meadow, leaving the one before. Fails with NOT_FOUND when there is none of that id, with
 * RESOURCE_EXHAUSTED when it is full, and with UNAUTHENTICATED when the player must sign in again.
 *
 * Command 201, for users. Goes to the node chosen by hash of `meadow_id`. Answered within 2000 ms.
 */
export function enter(
  connection: Connection,
  request: MessageInit<EnterRequest>,
  options?: CallOptions,
): Promise<EnterReply> {
  return connection.request(enterCommand, request, options);
}

const moveCommand: ClientCommand<MessageInit<Step>, never> = {
  id: 202,
  name: "meadow.Meadow.Move",
  request: Step,
  reply: undefined,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * Takes a step; nobody waits for an answer.
 *
 * Command 202, a notify, for users. Goes to the node chosen by hash of `meadow_id`. At most 60/s and 64
 * bytes.
 */
export function move(connection: Connection, message: MessageInit<Step>): void {
  connection.notify(moveCommand, message);
}

const flashCommand: ClientCommand<MessageInit<FlashRequest>, FlashReply> = {
  id: 203,
  name: "meadow.Meadow.Flash",
  request: FlashRequest,
  reply: FlashReply,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * Lights up. Fails with FAILED_PRECONDITION when the light is still recharging.
 *
 * Command 203, for users. Goes to the node chosen by hash of `meadow_id`. At most 10/s and 64 bytes.
 * Answered within 5000 ms.
 */
export function flash(
  connection: Connection,
  request: MessageInit<FlashRequest>,
  options?: CallOptions,
): Promise<FlashReply> {
  return connection.request(flashCommand, request, options);
}

const forecastCommand: ClientCommand<MessageInit<ForecastRequest>, ForecastReply> = {
  id: 204,
  name: "meadow.Meadow.Forecast",
  request: ForecastRequest,
  reply: ForecastReply,
  timeoutMs: 5000,
  idempotent: false,
};

/**
 * Where the most fireflies will be: a long computation, run on a worker thread.
 *
 * Command 204, for users. Goes to the node chosen by hash of `meadow_id`. At most 2/s. Answered within 5000
 * ms. On the lane `forecast`. Runs on a worker thread.
 */
export function forecast(
  connection: Connection,
  request: MessageInit<ForecastRequest>,
  options?: CallOptions,
): Promise<ForecastReply> {
  return connection.request(forecastCommand, request, options);
}

const enteredPush: ClientPush<Firefly> = { id: 251, name: "meadow.Meadow.Entered", body: Firefly };

/**
 * A firefly came into the meadow.
 *
 * Calls the listener for each; the function returned ends that. Push 251. Never dropped.
 */
export function onEntered(connection: Connection, listener: (message: Firefly) => void): () => void {
  return connection.onPush(enteredPush, listener);
}

const leftPush: ClientPush<Departure> = { id: 252, name: "meadow.Meadow.Left", body: Departure };

/**
 * A firefly left the meadow.
 *
 * Calls the listener for each; the function returned ends that. Push 252. Never dropped.
 */
export function onLeft(connection: Connection, listener: (message: Departure) => void): () => void {
  return connection.onPush(leftPush, listener);
}

const movedPush: ClientPush<Flight> = { id: 253, name: "meadow.Meadow.Moved", body: Flight };

/**
 * A firefly took a step.
 *
 * Calls the listener for each; the function returned ends that. Push 253. A client that is behind gets only
 * the newest of each `firefly_id`.
 */
export function onMoved(connection: Connection, listener: (message: Flight) => void): () => void {
  return connection.onPush(movedPush, listener);
}

const flashedPush: ClientPush<Glow> = { id: 254, name: "meadow.Meadow.Flashed", body: Glow };

/**
 * A firefly lit up.
 *
 * Calls the listener for each; the function returned ends that. Push 254. Dropped while a client is behind.
 */
export function onFlashed(connection: Connection, listener: (message: Glow) => void): () => void {
  return connection.onPush(flashedPush, listener);
}
