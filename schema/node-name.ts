const grammar = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** Description of a valid name of a gate, a node or a role, for errors: the end of "use ..." or "give ...". */
export const nodeNameRule = "a letter and then up to 62 letters, digits, _ or -";

/**
 * Whether a value may name a gate, a node or a role: a letter and then up to 62 letters, digits, `_` or `-`. Such names
 * appear in addresses, file names, command lines and logs, so schemas, topologies and peers on links are all held to
 * this rule.
 */
export function isNodeName(value: unknown): value is string {
  return typeof value === "string" && grammar.test(value);
}
