/** The kinds, as a user names them to tell one from another. */
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
export type Kind = (typeof kinds)[number];
