const grammar = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** What names a gate, a node or a role, in words: the end of "use ..." or "give ...". */
export const nodeNameRule = "a letter and then up to 62 letters, digits, _ or -";

/**
 * True for a text that may name a gate, a node or a role: a letter and then up to 62 letters, digits, `_` or `-`. Such names
 * stand in addresses, file names, command lines and logs, so nothing else is taken anywhere: in a schema, in a topology, or
 * from a peer on a link.
 */
export function isNodeName(value: unknown): value is string {
  return typeof value === "string" && grammar.test(value);
}
