import { nested, object, optional, type RulesOf } from "../../options/option-rules.ts";
import { having } from "../../options/rule-kinds.ts";
import type { ClientCredentials } from "../../transport/tls/client-credentials.ts";
import type { LinkKeys } from "./link-keys.ts";

/** Means by which a process proves itself over links, and checks the other side. */
export interface LinkTrust {
  /**
   * Shared keys: both sides of each link prove that they have one of them before anything else. Default: none; then any peer that
   * reaches a link port may link.
   */
  readonly keys?: LinkKeys | undefined;
  /** Certificates that this side accepts of gates, and shows to them; then each link that it opens runs in TLS. Default: no TLS. */
  readonly tls?: ClientCredentials | undefined;
}

/** Rules of {@link LinkTrust}. */
export const linkTrustOptions = {
  keys: optional(having<LinkKeys>("a LinkKeys", "accepted", "find")),
  tls: optional(having<ClientCredentials>("ClientCredentials", "connectOptions", "refusalOf")),
} satisfies RulesOf<LinkTrust>;

/** Rule of the option `linkTrust` of a node. */
export const linkTrustOption = nested(object(linkTrustOptions));
