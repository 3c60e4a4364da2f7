import { fail } from "../../../schema/errors.ts";
import type { Protocol } from "../../api/protocol.ts";
import { mostListedCalls } from "../../rpc/envelope/message-kinds.ts";
import type { LinkHello } from "../../wire/generated/photinus/link.ts";

/** Schema of a node, and the calls that the node serves, as its hello says. */
export type NodeSchema = Pick<LinkHello, "role" | "schema" | "release" | "commands" | "methods">;

/** Ids of calls of a role that must not go to one of its nodes. */
export interface UnknownCalls {
  readonly commands: ReadonlySet<number>;
  readonly methods: ReadonlySet<number>;
}

/** Call of the protocol, as far as its nodes matter. */
interface Call {
  readonly id: number;
  readonly role: string;
  readonly minRelease?: number;
}

/**
 * Returns the calls of the gate's protocol that a node does not know: those that a node of another schema does not list, and those that
 * need a later release. Undefined: it knows all. A node of the gate's own schema that lacks a handler is no older one: it answers such
 * calls itself. Throws INVALID_ARGUMENT for more than 2,048 listed calls.
 */
export function unknownCalls(protocol: Protocol, node: NodeSchema): UnknownCalls | undefined {
  const listed = node.commands.length + node.methods.length;
  if (listed > mostListedCalls)
    throw fail("INVALID_ARGUMENT", `the node lists ${listed} calls; expected at most ${mostListedCalls}`);
  const lists = listed > 0 && node.schema !== "" && node.schema !== protocol.fingerprint;
  const commands = unknown(protocol.commands, node, lists ? node.commands : undefined);
  const methods = unknown(protocol.methods, node, lists ? node.methods : undefined);
  return commands.size + methods.size > 0 ? { commands, methods } : undefined;
}

function unknown(
  calls: readonly Call[],
  { role, release }: NodeSchema,
  listed: readonly number[] | undefined,
): Set<number> {
  const known = listed && new Set(listed);
  const isUnknown = ({ id, minRelease = 0 }: Call): boolean =>
    known?.has(id) === false || (release > 0 && release < minRelease);
  return new Set(calls.filter((call) => call.role === role && isUnknown(call)).map(({ id }) => id));
}
