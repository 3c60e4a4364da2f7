import type { Command, Method, Push, Rate, Route } from "../schema/model.ts";

/**
 * Describes the policy of a command as sentences for docstrings and documents. Field names stand in backquotes, which both
 * formats support.
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
    command.compress === "NEVER" && "Never compressed",
  );
}

/** Describes the policy of a method between nodes, in the form of {@link commandPolicy}. */
export function methodPolicy(method: Method): string {
  return sentences(
    method.reply ? `Answered within ${method.timeoutMs} ms` : "One-way, without a reply",
    `Goes to ${routeText(method.route)}`,
    ...traits(method),
  );
}

/** Describes the policy of a push, in the form of {@link commandPolicy}. */
export function pushPolicy(push: Push): string {
  return sentences(
    `Push ${push.id}`,
    deliveryText(push),
    push.tickMs > 0 && `Gathered for up to ${push.tickMs} ms when it goes to a group`,
    push.compress === "NEVER" && "Never compressed",
  );
}

/** Descriptions of the values of `auth`. */
export const audiences = {
  ANYONE: "open to anyone",
  USER: "for users",
  ADMIN: "for administrators",
} as const;

/** Describes the destination of a route, for the place after "Goes to". */
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

/** Writes a rate such as "20/s". A period without a letter is written in milliseconds. */
export function rateText({ count, perMs }: Rate): string {
  const unit = new Map([
    [1000, "s"],
    [60_000, "m"],
    [3_600_000, "h"],
  ]).get(perMs);
  return `${count}/${unit ?? `${perMs} ms`}`;
}

/** Describes what happens to a push while the client is too slow. */
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

function traits({ idempotent, heavy, minRelease }: Command | Method): (string | false)[] {
  return [
    idempotent && "Idempotent",
    heavy && "Runs on a worker thread",
    minRelease !== undefined && `Only for nodes of release ${minRelease} or later`,
  ];
}

function sentences(...parts: (string | false | undefined)[]): string {
  return parts
    .filter((part) => typeof part === "string")
    .map((part) => `${part}.`)
    .join(" ");
}
