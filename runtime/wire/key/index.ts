export { fieldKey } from "./exact.ts";
export { findField } from "./find.ts";
export { fieldHash, hashKey } from "./hash.ts";
