/** Kinds of declarations that can be renamed, as the option `--kind` names them. A call is a command, push or method. */
export const kinds = Object.freeze([
  "service",
  "call",
  "message",
  "enum",
  "value",
  "field",
  "oneof",
  "table",
  "column",
] as const);
/** Kind of a declaration that can be renamed. */
export type Kind = (typeof kinds)[number];
