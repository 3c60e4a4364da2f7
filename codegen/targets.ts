import { documents } from "./documents/documents-target.ts";
import { lua } from "./lua/lua-target.ts";
import type { Target } from "./target.ts";
import { typescriptClient } from "./typescript/client/typescript-client-target.ts";
import { internal } from "./typescript/internal.ts";
import { typescriptServer } from "./typescript/server/typescript-server-target.ts";

/** Targets of the command line. A new target is one folder beside this file, and one line here. */
export const builtInTargets: readonly Target[] = Object.freeze([
  typescriptServer,
  typescriptClient,
  documents,
  internal,
  lua,
]);
