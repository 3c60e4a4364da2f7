export { fieldKey } from "./exact.ts";
export { findField, findInside } from "./find.ts";
export { fieldHash, hashKey } from "./hash.ts";
