import { commands, methods } from "./commands.ts";
import { enums, fields } from "./fields.ts";
import type { Pair } from "./pair.ts";
import { policy } from "./policy.ts";
import { tables } from "./tables.ts";

/**
 * All pairs of schemas. The gate must find exactly the changes that each expects. A pair whose worst class is S is safe: programs
 * of both schemas understand each other.
 */
export const corpus: readonly Pair[] = [...commands, ...methods, ...policy, ...fields, ...enums, ...tables];
