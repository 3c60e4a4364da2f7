import type { Gate } from "../../../runtime/gate/gate.ts";
import { candidatesOf, ownerAmong } from "../../../runtime/gate/users/user-owner.ts";
import { isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { type CommandHandlers, commands } from "./schema.ts";
import { eventually, type World } from "./world.ts";

const decoder = new TextDecoder();

/** Returns a user of at least `from` that a gate owns among all gates. */
export function userOf(owner: string, gates: readonly string[], from = 7n): bigint {
  let userId = from;
  while (ownerAmong(candidatesOf(gates), userId) !== owner) userId++;
  return userId;
}

/** Resolves when each of the gates has links to all others of its list. */
export async function linked(...gates: Gate[]): Promise<void> {
  await eventually(() => gates.every((gate) => gate.status().gates.every((other) => other.linked)));
}

/** Handlers that bind the session to the user of the body; `failed` has the errors of their binds. */
export function binding(): { readonly handlers: CommandHandlers; readonly failed: PhotinusError[] } {
  const failed: PhotinusError[] = [];
  const handlers: CommandHandlers = {
    async login(body, ctx) {
      try {
        await ctx.session.bind(BigInt(decoder.decode(body)));
      } catch (error) {
        if (isPhotinusError(error)) failed.push(error);
        throw error;
      }
      return text("in");
    },
    echo: (body) => body,
  };
  return { handlers, failed };
}

/** A client with a session that can be resumed. */
export async function connected(world: World, gate: Gate): Promise<ResumingClient> {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect();
  return client;
}

/** Sends a login; resolves with "in", with "error" when the bind has failed, or with "kicked". */
export function login(client: ResumingClient, userId: bigint): Promise<string> {
  return Promise.race([
    client.ask(commands.login.id, String(userId)),
    client.line.closed.then(() => "kicked"),
  ]);
}

/** Returns the number of sessions that are bound to a user over all gates, as the gates tell. */
export function boundUsers(...gates: Gate[]): number {
  return gates.reduce((sum, gate) => sum + gate.status().users, 0);
}
