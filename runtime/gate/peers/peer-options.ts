import { host, nodeName, port } from "../../options/address-rules.ts";
import { nested, object, type RulesOf, required, withDefault } from "../../options/option-rules.ts";
import { choice, list, whole } from "../../options/rule-kinds.ts";

/** Address of a gate's link port. */
export interface PeerAddress {
  /** Name of the gate, unique in its cluster. */
  readonly name: string;
  /** Host name or IP address of the link port. */
  readonly host: string;
  /** TCP port number of the link port. */
  readonly port: number;
}

/** Policy for a login of a user who has sessions already. */
export interface LoginPolicy {
  /** Most sessions of one user, at all gates together. Default 1. */
  readonly count?: number;
  /**
   * `"replace"` kicks the user's oldest session with ALREADY_EXISTS; `"refuse"` fails the new bind with ALREADY_EXISTS. Default
   * `"replace"`.
   */
  readonly beyond?: "replace" | "refuse";
}

/** Rule of `logins`, shared with the topology. */
export const loginsOption = nested(
  object({
    count: withDefault(whole(1, 1_000, "sessions"), 1),
    beyond: withDefault(choice(["replace", "refuse"]), "replace"),
  } satisfies RulesOf<LoginPolicy>),
);

const peer = object({
  name: required(nodeName),
  host: required(host),
  port: required(port),
} satisfies RulesOf<PeerAddress>);

/** Rule of a list of gates. */
export const peersRule = list(peer, 0, "gates");

/** Rule of the argument of `Gate.setPeers`. */
export const peersOption = object({ peers: required(peersRule) });
