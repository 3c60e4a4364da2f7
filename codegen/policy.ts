import type { Command, Method, Push, Rate, Route } from "../schema/model.ts";

/**
 * What the schema says of a call besides its shape, as sentences for docstrings and documents. Field names stand in
 * backquotes, as Markdown and docstrings both have it.
 */
export function commandPolicy(command: Command): string {
  const kind = command.reply ? `Command ${command.id}` : `Command ${command.id}, a notify`;
  const limits: string[] = [];
  if (command.rate) limits.push(rateText(command.rate));
  if (command.maxBytes > 0) limits.push(`${command.maxBytes} bytes`);
  return sentences(
    `${kind}, ${audiences[command.auth]}`,
    `Goes to ${routeText(command.route)}`,
    limits.length > 0 && `At most ${limits.join(" and ")}`,
    command.reply && `Answered within ${command.timeoutMs} ms`,
    laneText(command.lane),
    ...traits(command),
  );
}

export function methodPolicy(method: Method): string {
  return sentences(
    method.reply ? `Answered within ${method.timeoutMs} ms` : "One-way: nobody is answered",
    `Goes to ${routeText(method.route)}`,
    ...traits(method),
  );
}

export function pushPolicy(push: Push): string {
  return sentences(`Push ${push.id}`, deliveryText(push));
}

export const audiences = {
  ANYONE: "open to anyone",
  USER: "for users",
  ADMIN: "for administrators",
} as const;

export function routeText(route: Route): string {
  switch (route.kind) {
    case "session":
      return "the node that serves the session";
    case "hash":
      return `the node chosen by hash of \`${route.path.join(".")}\``;
    case "round-robin":
      return "each node of the role in turn";
    case "node":
      return `the node \`${route.node}\``;
  }
}

/** "20/s"; periods that have no letter are written in milliseconds. */
export function rateText({ count, perMs }: Rate): string {
  const unit = new Map([
    [1000, "s"],
    [60_000, "m"],
    [3_600_000, "h"],
  ]).get(perMs);
  return `${count}/${unit ?? `${perMs} ms`}`;
}

export function deliveryText(push: Pick<Push, "delivery" | "key">): string {
  switch (push.delivery) {
    case "RELIABLE":
      return "Never dropped";
    case "LATEST":
      return push.key
        ? `A client that is behind gets only the newest of each \`${push.key.join(".")}\``
        : "A client that is behind gets only the newest";
    case "DROPPABLE":
      return "Dropped while a client is behind";
  }
}

function laneText(lane: string): string | false {
  if (lane === "") return false;
  return lane === "*" ? "Runs at once, in no order" : `On the lane \`${lane}\``;
}

function traits(call: { readonly idempotent: boolean; readonly heavy: boolean }): (string | false)[] {
  return [call.idempotent && "Idempotent", call.heavy && "Runs on a worker thread"];
}

function sentences(...parts: (string | false | undefined)[]): string {
  return parts
    .filter((part) => typeof part === "string")
    .map((part) => `${part}.`)
    .join(" ");
}
