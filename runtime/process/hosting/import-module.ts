import { fileURLToPath } from "node:url";
import { fail } from "../../../schema/errors.ts";
import { reasonOf } from "../diagnosis/error-reason.ts";

/** The default export of a user's module. Throws FAILED_PRECONDITION that says where its import went wrong. */
export async function importDefault(module: URL, what: string): Promise<unknown> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(module.href)) as { readonly default?: unknown };
  } catch (error) {
    throw fail("FAILED_PRECONDITION", `${fileURLToPath(module)} cannot be loaded: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  if (loaded.default === undefined) {
    throw fail("FAILED_PRECONDITION", `${fileURLToPath(module)} has no default export; export ${what}`);
  }
  return loaded.default;
}
